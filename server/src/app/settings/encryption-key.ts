// The key that encrypted copies are encrypted with: from the configuration, or kept in the data directory.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Config, ConfigError } from './config.ts'

/** 32 bytes. Made on the first start and readable by its owner alone. Throws ConfigError for a damaged file. */
export function encryptionKey(config: Pick<Config, 'dataDir' | 'encryptionKey'>): Uint8Array {
  const text = config.encryptionKey ?? keptKey(join(config.dataDir, 'encryption.key'))
  // Buffer leaves out what is no base64: a damaged file would make another key instead of a fault.
  if (/^[A-Za-z0-9_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64url')
  throw new ConfigError(
    `${config.dataDir}/encryption.key does not hold a Fernet key (32 bytes in base64url). Restore it from a backup; encrypted copies of keys cannot be read without it.`,
  )
}

function keptKey(path: string): string {
  mkdirSync(dirname(path), { recursive: true })
  try {
    // `wx`: of two processes that start at once, one makes it and the other reads it.
    writeFileSync(path, `${randomBytes(32).toString('base64url')}=\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8').trim()
}
