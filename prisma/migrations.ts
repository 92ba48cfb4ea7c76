// The migration history, as the server's runner applies it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Migration = { name: string; sql: string }

/** Every migration of one database, oldest first. Names start with their UTC time, YYYYMMDDhhmmss. */
export function readMigrations(provider: 'sqlite' | 'postgresql'): Migration[] {
  const folder = join(import.meta.dirname, 'migrations', provider)
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
}
