// Whether the encryption key of this start is the one that the stored credentials were encrypted with.
import { decrypt } from '../../domain/keys/fernet.ts'
import type { Config } from './config.ts'
import { ConfigError } from './config.ts'

/**
 * Throws ConfigError where there are Fernet tokens and the key opens none of them: every upstream would be without its
 * credential, and new secrets would be encrypted with another key than those that are there. One that opens proves the key; the
 * others are damaged, and are reported where they are used.
 */
export function checkEncryptionKey(
  config: Pick<Config, 'dataDir' | 'encryptionKey' | 'encryptionKeyLost'>,
  key: Uint8Array,
  sealed: string[],
): void {
  if (config.encryptionKeyLost || sealed.length === 0) return
  if (sealed.some((token) => decrypt(key, token) !== null)) return
  const where = config.encryptionKey === null ? `${config.dataDir}/encryption.key` : 'LATCHKEY_ENCRYPTION_KEY'
  throw new ConfigError(
    `${where}: this encryption key opens none of the credentials in the database, which were encrypted with another. Set LATCHKEY_ENCRYPTION_KEY to the key that they were encrypted with, or put your copy of encryption.key back. If it is lost, start once with LATCHKEY_ENCRYPTION_KEY_LOST=on and enter the credentials of the upstreams again.`,
  )
}
