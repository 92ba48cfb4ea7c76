// How the console is built: a static app with one fallback page, served by the Latchkey server at `/`.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import adapter from '@sveltejs/adapter-static'
import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'
import { withoutParser } from '../sdk/without-parser.ts'
import { directMessages } from './direct-messages.ts'
import manifest from './package.json' with { type: 'json' }

export default defineConfig({
  plugins: [
    withoutParser(),
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      // src/lib/locale.ts decides; this only has to name something that exists everywhere.
      strategy: ['baseLocale'],
      emitReadme: false,
    }),
    tailwindcss(),
    directMessages(),
    sveltekit({
      adapter: adapter({ fallback: 'index.html', precompress: true }),
      paths: { relative: false },
      version: { name: manifest.version, pollInterval: 0 },
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['self'],
          'script-src': ['self', ...inlineScriptHashes()],
          'style-src': ['self'],
          // The one style attribute there is: that of the hidden element in which Kit announces a page to screen readers.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:'],
          // What the playground has made a model say.
          'media-src': ['self', 'blob:'],
          'connect-src': ['self'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'object-src': ['none'],
        },
      },
    }),
  ],
  // One large chunk of a component library is not a reason to warn on every build.
  build: {
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // A message that one screen uses comes with that screen, and those of several screens once.
            {
              name: 'messages',
              test: /paraglide[\\/]messages[\\/](?!settings_|environment_|alerts_|audit_)/,
              minShareCount: 2,
            },
            // Those of settings are also the palette's, and those of alerts and of the audit trail name changed fields: only these
            // load them. Behind the group above, which has what all messages need.
            {
              name: 'messages-of-settings',
              test: /paraglide[\\/]messages[\\/](settings|environment)_/,
              minShareCount: 2,
            },
            {
              name: 'messages-of-records',
              test: /paraglide[\\/]messages[\\/](alerts|audit)_/,
              minShareCount: 2,
            },
            { name: 'icons', test: /@lucide[\\/]svelte/ },
            // What opens over a page, and the fields that need much for it, come with the first screen that has them.
            {
              name: 'kit',
              test: /components[\\/](controls|display|overlay|fields)[\\/](?!Switch|Tooltip)/,
            },
          ],
        },
      },
    },
  },
  // Found at the start of a development server, and not when the first menu opens, which loads the page again.
  optimizeDeps: { include: ['bits-ui'] },
  server: { proxy: { '/graphql': 'http://127.0.0.1:8000', '/v1': 'http://127.0.0.1:8000' } },
})

/** Kit hashes its own inline scripts; those written in app.html are hashed here. */
function inlineScriptHashes(): `sha256-${string}`[] {
  const template = readFileSync(new URL('./src/app.html', import.meta.url), 'utf8')
  const scripts = template.matchAll(/<script>([\s\S]*?)<\/script>/g)
  return [...scripts].map(
    ([, source = '']) => `sha256-${createHash('sha256').update(source).digest('base64')}` as const,
  )
}
