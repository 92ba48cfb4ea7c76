// The manifest of a backup: JSON beside the copy of the database. docs/reference/backups.md describes its form.
import { isObject } from '../is-object.ts'
import { type Backup, type BackupCopy, isBackupId } from './backup.ts'

const FORMAT = 'latchkey-backup'
/** A later one is a form that this version cannot read. */
export const MANIFEST_VERSION = 1

/** A manifest has some 700 bytes; longer text is none. */
export const MANIFEST_MAX_BYTES = 16_384

/** A backup that Latchkey has made. */
export type Snapshot = Backup & { kind: 'SNAPSHOT'; copy: BackupCopy }

/** The manifest of a backup, as it is stored beside the copy. */
export function manifestText(backup: Snapshot): string {
  const { id, createdMs, createdBy, isScheduled, note, copy } = backup
  const manifest = {
    format: FORMAT,
    formatVersion: MANIFEST_VERSION,
    id,
    createdAt: new Date(createdMs).toISOString(),
    createdBy,
    scheduled: isScheduled,
    note,
    latchkeyVersion: copy.latchkeyVersion,
    schemaVersion: copy.schemaVersion,
    database: { kind: 'sqlite', file: `${id}.db`, bytes: copy.bytes, sha256: copy.sha256 },
    encryptionKey: { included: false, id: copy.encryptionKeyId },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** The backup that a manifest describes; text: why it is none, as a sentence. */
export function readManifest(text: string): Snapshot | string {
  if (text.length > MANIFEST_MAX_BYTES) return 'The manifest is too long to be one.'
  let sent: unknown
  try {
    sent = JSON.parse(text)
  } catch {
    return 'The manifest is not JSON.'
  }
  if (!isObject(sent) || sent.format !== FORMAT) return 'It is not the manifest of a backup of Latchkey.'
  if (sent.formatVersion !== MANIFEST_VERSION)
    return `The manifest has the format version ${String(sent.formatVersion).slice(0, 20)}, and this version of Latchkey reads ${MANIFEST_VERSION}. Use the version that made the backup, or a later one.`
  const {
    id,
    createdAt,
    createdBy,
    scheduled,
    note,
    latchkeyVersion,
    schemaVersion,
    database,
    encryptionKey,
  } = sent
  const createdMs = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN
  if (
    typeof id !== 'string' ||
    !isBackupId(id) ||
    Number.isNaN(createdMs) ||
    typeof createdBy !== 'string' ||
    typeof scheduled !== 'boolean' ||
    (note !== null && typeof note !== 'string') ||
    typeof latchkeyVersion !== 'string' ||
    typeof schemaVersion !== 'string' ||
    !isObject(database) ||
    !Number.isSafeInteger(database.bytes) ||
    typeof database.sha256 !== 'string' ||
    !/^[0-9a-f]{64}$/.test(database.sha256) ||
    !isObject(encryptionKey)
  )
    return 'The manifest lacks a member, or has one of another form.'
  return {
    id,
    kind: 'SNAPSHOT',
    createdMs,
    createdBy,
    isScheduled: scheduled,
    note,
    copy: {
      bytes: Number(database.bytes),
      sha256: database.sha256,
      latchkeyVersion,
      schemaVersion,
      encryptionKeyId: typeof encryptionKey.id === 'string' ? encryptionKey.id : null,
    },
  }
}
