// The encryption key (of encrypted copies and upstream credentials): from the configuration, or a file in the data directory.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diskFault } from '../../domain/start-error.ts'
import { createFileAtomically, makePrivateFolder, writeFileAtomically } from '../../store/data-files.ts'
import { type Config, ConfigError } from './config.ts'

/**
 * 32 bytes. The file is made on the first start, readable by its user alone. Throws ConfigError for a damaged file, and
 * StartError where it cannot be read or made.
 */
export function encryptionKey(config: Pick<Config, 'dataDir' | 'encryptionKey'>): Uint8Array {
  return readKey(config, config.encryptionKey ?? keptKey(config.dataDir))
}

/** The same where there is a key; null where the first start has not made one. Throws ConfigError for a damaged file. */
export function encryptionKeyIfThere(config: Pick<Config, 'dataDir' | 'encryptionKey'>): Uint8Array | null {
  const isThere = config.encryptionKey !== null || existsSync(join(config.dataDir, 'encryption.key'))
  return isThere ? encryptionKey(config) : null
}

function readKey(config: Pick<Config, 'dataDir'>, text: string): Uint8Array {
  // Buffer skips characters that are no base64: without this check a damaged file would yield another key.
  if (/^[A-Za-z0-9_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64url')
  throw new ConfigError(
    `${config.dataDir}/encryption.key does not hold a Fernet key (32 bytes in base64url). Put your copy of it back; encrypted copies of keys cannot be read without it.`,
  )
}

function keptKey(dataDir: string): string {
  const path = join(dataDir, 'encryption.key')
  const read = () => readFileSync(path, 'utf8')
  const fresh = Buffer.from(`${randomBytes(32).toString('base64url')}=\n`)
  try {
    makePrivateFolder(dataDir)
    // Of two processes that start at once, one creates the file and the other reads it.
    if (!exists(read)) createFileAtomically(path, fresh)
    // A former version left an empty file where the disk was full. Where it held a key once, what was encrypted with it does
    // not open, and the start is refused for that (check-encryption-key.ts).
    if (read() === '') writeFileAtomically(path, fresh)
    return read().trim()
  } catch (error) {
    throw diskFault(path, error)
  }
}

function exists(read: () => string): boolean {
  try {
    read()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
