// The encryption key (of encrypted copies and upstream credentials): from the configuration, or a file in the data directory.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Config, ConfigError } from './config.ts'

/** 32 bytes. The file is made on the first start, readable by its user alone. Throws ConfigError for a damaged file. */
export function encryptionKey(config: Pick<Config, 'dataDir' | 'encryptionKey'>): Uint8Array {
  const text = config.encryptionKey ?? keptKey(join(config.dataDir, 'encryption.key'))
  // Buffer skips characters that are no base64: without this check a damaged file would yield another key.
  if (/^[A-Za-z0-9_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64url')
  throw new ConfigError(
    `${config.dataDir}/encryption.key does not hold a Fernet key (32 bytes in base64url). Restore it from a backup; encrypted copies of keys cannot be read without it.`,
  )
}

function keptKey(path: string): string {
  mkdirSync(dirname(path), { recursive: true })
  try {
    // `wx`: of two processes that start at once, one creates the file and the other reads it.
    writeFileSync(path, `${randomBytes(32).toString('base64url')}=\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8').trim()
}
