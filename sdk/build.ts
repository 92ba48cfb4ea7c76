// Writes dist/: what an installed @latchkey/sdk consists of, one JavaScript module with its declarations. It needs no other
// package: graphql-request is in it, without graphql's parser. Inside this repository src/ is imported as it is;
// `publishConfig` names dist/ in the packed package.json.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import { withoutParser } from './without-parser.ts'

const BUNDLED = ['graphql-request', 'graphql']

const room = fileURLToPath(new URL('.', import.meta.url))
const dist = fileURLToPath(new URL('dist', import.meta.url))
const compiler = fileURLToPath(new URL('./bin/tsc', import.meta.resolve('typescript/package.json')))

// A file that is no longer made must not be packed.
rmSync(dist, { recursive: true, force: true })
const { status } = spawnSync(process.execPath, [compiler, '--project', 'tsconfig.build.json'], {
  cwd: room,
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)

await build({
  root: room,
  configFile: false,
  logLevel: 'warn',
  plugins: [compactDocuments(), withoutParser()],
  build: {
    outDir: dist,
    emptyOutDir: false,
    target: 'es2022',
    minify: false,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
  },
})
writeFileSync(`${dist}/THIRD-PARTY-LICENSES.txt`, BUNDLED.map(licenseOf).join('\n\n'))

/** Writes each GraphQL document in one line: a browser would load its indentation for nothing. */
function compactDocuments(): Plugin {
  return {
    name: 'compact-documents',
    transform(code, id) {
      if (!id.endsWith('/src/generated/operations.ts')) return null
      return code.replaceAll(/`([^`]*)`/g, (quoted, document: string) => {
        if (/["#]|\$\{/.test(document))
          throw new Error(`whitespace of this document may mean something: ${quoted}`)
        return `\`${document.replaceAll(/\s+/g, ' ').trim()}\``
      })
    },
  }
}

/** The MIT licence asks that its text goes with each copy. */
function licenseOf(name: string): string {
  const file = fileURLToPath(new URL(`node_modules/${name}/LICENSE`, import.meta.url))
  return `${name}\n\n${readFileSync(file, 'utf8').trim()}\n`
}
