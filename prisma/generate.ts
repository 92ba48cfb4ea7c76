// Generates both Prisma clients and Pothos' types, when the models are newer than generated/.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

const room = import.meta.dirname
const sources = ['models.prisma', 'sqlite/schema.prisma', 'postgresql/schema.prisma', 'package.json']
const stamp = join(room, 'generated', '.made-from')

const digest = createHash('sha256')
for (const source of sources) digest.update(readFileSync(join(room, source)))
const wanted = digest.digest('hex')

const stands = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
if (!stands || process.argv.includes('--force')) {
  const cli = join(createRequire(import.meta.url).resolve('prisma/package.json'), '..', 'build', 'index.js')
  console.error('Generating the database clients…')
  for (const provider of ['sqlite', 'postgresql']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'generate', '--schema', provider], {
      cwd: room,
      encoding: 'utf8',
      env: {
        ...process.env,
        DB_PROVIDER: provider,
        // Where the CLI finds Pothos' generator, also when this file is run by hand.
        PATH: join(room, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? ''),
        // Generating needs no engine, but the CLI would download one; any executable satisfies it.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    })
    if (status !== 0) {
      console.error(`Prisma could not generate its client for ${provider}:\n${stdout}${stderr}`)
      process.exit(1)
    }
  }
  writeFileSync(stamp, wanted)
}
