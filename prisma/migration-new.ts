// Writes the next migration of both databases: `node prisma/migration-new.ts <name>`.
//
// Prisma's schema engine (WASM) compares the snapshot in the newest migration with models.prisma; no database is needed.
// The snapshot moves to the new migration: nothing reads an older one. Read the SQL before committing it: a rename comes
// out as drop + add, and SQLite copies a table where ADD COLUMN would do.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { SqlMigrationAwareDriverAdapterFactory, SqlResultSet } from '@prisma/driver-adapter-utils'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'

type Provider = 'sqlite' | 'postgresql'

const room = import.meta.dirname
const name = process.argv[2] ?? ''
if (!/^[a-z][a-z0-9_]{2,60}$/.test(name)) {
  console.error('Usage: node prisma/migration-new.ts <name>, the name in snake_case, 3 to 61 characters')
  process.exit(2)
}

await loadEngine()
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
for (const provider of ['sqlite', 'postgresql'] as const) {
  const before = newestSnapshot(provider)
  const sql = await difference(provider, before === null ? null : readFileSync(before, 'utf8'))
  if (sql === '') {
    console.log(`${provider}: nothing has changed`)
    continue
  }
  const folder = join(room, 'migrations', provider, `${stamp}_${name}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'migration.sql'), sql)
  copyFileSync(join(room, 'models.prisma'), join(folder, 'models.snapshot'))
  if (before !== null) rmSync(before)
  console.log(`${provider}: ${folder}`)
}

/** The SQL that leads from the models `before` (null: an empty database) to models.prisma; empty when they do not differ. */
async function difference(provider: Provider, before: string | null): Promise<string> {
  const schema = readFileSync(join(room, provider, 'schema.prisma'), 'utf8')
  const after = readFileSync(join(room, 'models.prisma'), 'utf8')
  const target = (models: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [
      { path: 'schema.prisma', content: schema },
      { path: 'models.prisma', content: models },
    ],
    configDir: '.',
  })
  const engine = await engineModule.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(unconnected(provider)),
  )
  const result = await engine.diff({
    from: before === null ? { tag: 'empty' } : target(before),
    to: target(after),
    script: true,
    shadowDatabaseUrl: null,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  } as Parameters<typeof engine.diff>[0])
  if (result.exitCode === 0) return ''
  // An ordinary role may not create schemas, and "public" is there already.
  return (result.stdout ?? '').replace(/-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n+/, '')
}

/** The path of the snapshot in the newest migration; null before the first. */
function newestSnapshot(provider: Provider): string | null {
  const folder = join(room, 'migrations', provider)
  if (!existsSync(folder)) return null
  const newest = readdirSync(folder).sort().at(-1)
  return newest === undefined ? null : join(folder, newest, 'models.snapshot')
}

async function loadEngine(): Promise<void> {
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm'))
  const bytes = readFileSync(join(folder, 'schema_engine_bg.wasm'))
  const imports = { './schema_engine_bg.js': engineModule } as unknown as WebAssembly.Imports
  const { instance } = await WebAssembly.instantiate(bytes, imports)
  const bindings = engineModule as unknown as { __wbg_set_wasm(exports: unknown): void }
  bindings.__wbg_set_wasm(instance.exports)
  ;(instance.exports.__wbindgen_start as () => void)()
}

/** The engine asks a connection for its version while it is being made; a diff needs nothing more from it. */
function unconnected(provider: Provider): SqlMigrationAwareDriverAdapterFactory {
  const reply: SqlResultSet = {
    columnNames: ['namespace_exists', 'version', 'numeric_version'],
    columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
    rows: [[true, 'PostgreSQL 15.0', 150000]],
  }
  const adapterProvider = provider === 'sqlite' ? 'sqlite' : 'postgres'
  const connection = {
    provider: adapterProvider,
    adapterName: 'latchkey-unconnected',
    queryRaw: async () => reply,
    executeRaw: async () => 0,
    executeScript: async () => undefined,
    startTransaction: async () => {
      throw new Error('a diff starts no transaction')
    },
    dispose: async () => undefined,
  } as const
  return {
    provider: adapterProvider,
    adapterName: 'latchkey-unconnected',
    connect: async () => connection,
    connectToShadowDb: async () => connection,
  }
}
