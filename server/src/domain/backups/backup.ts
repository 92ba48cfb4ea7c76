// A backup of the database: a copy that Latchkey has made, or one that another program has made and somebody has noted.
import { DAY_MS } from '../time.ts'

export const BACKUP_KINDS = ['SNAPSHOT', 'EXTERNAL'] as const
export type BackupKind = (typeof BACKUP_KINDS)[number]

/** The hour of the day, in UTC, of the backup that is made by itself. */
export const BACKUP_HOUR = { min: 0, max: 23 } as const
/** How many of those are kept. */
export const BACKUPS_KEPT = { min: 1, max: 365, default: 7 } as const

export const BACKUP_NOTE_MAX = 500

export type Backup = {
  id: string
  kind: BackupKind
  createdMs: number
  /** The name of the actor, or `schedule`. */
  createdBy: string
  /** True: made by itself, and removed once there are enough later ones. */
  isScheduled: boolean
  note: string | null
  /** What is known of a copy of Latchkey's own; null: another program has made it. */
  copy: BackupCopy | null
}

export type BackupCopy = {
  bytes: number
  /** Of the database file, in hex. */
  sha256: string
  latchkeyVersion: string
  /** The name of its last migration. */
  schemaVersion: string
  /** Tells which encryption key its secrets need, without telling the key; null: there was none. */
  encryptionKeyId: string | null
}

const ID = /^bak_\d{8}T\d{9}Z_[0-9a-f]{6}$/

/** The id, and the file name, of a backup that is made at an instant: `bak_20260131T030000000Z_1f2e3d`. Sorted, they are by time. */
export function backupId(atMs: number, random: string): string {
  return `bak_${new Date(atMs).toISOString().replaceAll(/[-:.]/g, '')}_${random}`
}

/** True for the id of a backup that Latchkey has made: no path can be meant by it. */
export function isBackupId(text: string): boolean {
  return text.length <= 40 && ID.test(text)
}

/** The last time that the clock showed this hour of UTC. */
export function lastDue(hour: number, nowMs: number): number {
  const today = new Date(nowMs).setUTCHours(hour, 0, 0, 0)
  return today <= nowMs ? today : today - DAY_MS
}
