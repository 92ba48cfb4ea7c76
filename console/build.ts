// Builds the console when what it is made from has changed; otherwise does nothing, in a few milliseconds.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { licencesOf } from './licences.ts'

const workspace = fileURLToPath(new URL('..', import.meta.url))
const room = join(workspace, 'console')
const record = join(room, 'build/.made-from')

const inputs = [
  'pnpm-lock.yaml',
  'console/package.json',
  'console/direct-messages.ts',
  'console/licences.ts',
  'console/tsconfig.json',
  'console/vite.config.ts',
  'console/project.inlang/settings.json',
  'console/{messages,src,static}/**/*',
  'prisma/package.json',
  'sdk/package.json',
  'sdk/without-parser.ts',
  'sdk/src/**/*',
  'server/package.json',
]
/** Written by the build itself, or read by nobody but a test. */
const notInputs = /[/\\]paraglide[/\\]|\.test\.ts$/
/** What nothing of comes into a build, of what the console and the SDK are built with. */
const buildTools =
  /^(@graphql-codegen|@inlang|@prisma|@tailwindcss)\/|^(svelte-check|typescript|vite|prisma)$|adapter-static|vite-plugin/

const fingerprint = fingerprintOf(inputs)
if (!existsSync(record) || readFileSync(record, 'utf8') !== fingerprint) {
  console.log('Building the console…')
  build()
  writeFileSync(record, fingerprint)
}

function build(): void {
  const vite = join(room, 'node_modules/vite/bin/vite.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: room,
    encoding: 'utf8',
    // Otherwise a test run's NODE_ENV would make it a development build.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  if (status === 0) {
    const shipped = ['server', 'prisma', 'sdk', 'console'].map((folder) => join(workspace, folder))
    writeFileSync(
      join(room, 'build/licences.txt'),
      licencesOf(shipped, (name) => !buildTools.test(name)),
    )
    return
  }
  process.stderr.write(`${stdout}${stderr}`)
  process.exit(1)
}

/** One hash over the names and the bytes of every input. */
function fingerprintOf(patterns: string[]): string {
  const hash = createHash('sha256')
  for (const file of globSync(patterns, { cwd: workspace }).sort()) {
    const path = join(workspace, file)
    if (notInputs.test(path) || !statSync(path).isFile()) continue
    // As on every system, or the same sources would differ by their separators.
    hash
      .update(`${file.replaceAll('\\', '/')}\0`)
      .update(readFileSync(path))
      .update('\0')
  }
  return hash.digest('hex')
}
