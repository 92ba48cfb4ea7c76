// Backups that other programs have made, such as pg_dump or a snapshot of the disk: noted, so that it is known when there was one.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import type { Backup } from '../../domain/backups/backup.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { readNote } from './read-note.ts'

// The newest are kept: a year of daily ones.
const KEPT = 400

/** Notes that a backup has been made now, with an audit event. */
export async function markBackup(
  { store, clock }: { store: Store; clock: () => number },
  actor: Actor,
  note: string | null,
): Promise<Result<Backup>> {
  const read = readNote(note)
  if (!read.ok) return read
  const nowMs = clock()
  return store.prisma.$transaction(async (tx) => {
    const data = { createdAt: new Date(nowMs), createdBy: actor.name, note: read.value }
    const row = await tx.externalBackup.create({ data })
    await tx.externalBackup.deleteMany({ where: { id: { lte: row.id - KEPT } } })
    const id = externalId(row.id)
    const changes = read.value === null ? [] : [{ path: 'note', before: null, after: read.value }]
    const target = { type: 'Backup' as const, id, label: id }
    await tx.auditEvent.create({ data: auditEvent(actor, 'backup.mark', target, nowMs, changes) })
    return ok(toBackup(row))
  })
}

/** The noted ones, newest first. */
export async function readExternalBackups({ prisma }: Pick<Store, 'prisma'>): Promise<Backup[]> {
  const rows = await prisma.externalBackup.findMany({ orderBy: { id: 'desc' }, take: KEPT })
  return rows.map(toBackup)
}

/** The number in the id of a noted backup; null for other text. */
export function externalNumber(id: string): number | null {
  const digits = /^xbk_(\d{1,9})$/.exec(id)?.[1]
  return digits === undefined ? null : Number(digits)
}

function externalId(number: number): string {
  return `xbk_${number}`
}

function toBackup(row: { id: number; createdAt: Date; createdBy: string; note: string | null }): Backup {
  return {
    id: externalId(row.id),
    kind: 'EXTERNAL',
    createdMs: row.createdAt.getTime(),
    createdBy: row.createdBy,
    isScheduled: false,
    note: row.note,
    copy: null,
  }
}
