// The backups of a running server: made one at a time, listed, deleted, and opened for a download.
import { statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { BACKUPS_KEPT, type Backup, isBackupId, lastDue } from '../../domain/backups/backup.ts'
import { type BackupFailure, backupFailureOf } from '../../domain/backups/backup-failure.ts'
import { manifestText, type Snapshot } from '../../domain/backups/backup-manifest.ts'
import { DAY_MS } from '../../domain/time.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { forgetFindings } from '../findings/find-findings.ts'
import { readSettings } from '../settings/settings-row.ts'
import { backupFiles, backupFolder, readFolder, readSnapshot, removeFiles } from './backup-folder.ts'
import { type BackupSource, writeBackup } from './create-backup.ts'
import { externalNumber, readExternalBackups } from './external-backups.ts'

// A mutation responds after so long at most: proxies wait for a minute.
const WAIT_MS = 20_000

export type BackupStatus = {
  /** Since when one is being made; null: none is. */
  runningSinceMs: number | null
  /** The last one that failed since the start of this server; null: none has. */
  failure: (BackupFailure & { atMs: number }) | null
  /** When the next is made by itself; null: none is. */
  nextMs: number | null
  folder: string
}

type State = Pick<BackupStatus, 'failure'> & {
  running: { sinceMs: number; done: Promise<Result<Backup>> } | null
}
// Owner: this module. Key: the control plane, one a process. One small object each.
const states = new WeakMap<ControlPlane, State>()

/** All backups, newest first: those in the folder and those that were noted. Rejects where the database fails. */
export async function findBackups(plane: ControlPlane): Promise<Backup[]> {
  const noted = await readExternalBackups(plane.store)
  return [...readFolder(backupFolder(plane.dataDir)), ...noted].sort((a, b) => b.createdMs - a.createdMs)
}

/** What is running now, how the last one failed, and when the next is due. */
export async function backupStatus(plane: ControlPlane): Promise<BackupStatus> {
  const { running, failure } = stateOf(plane)
  const { backupHour } = await readSettings(plane.store.prisma)
  return {
    runningSinceMs: running?.sinceMs ?? null,
    failure,
    nextMs: backupHour === null ? null : lastDue(backupHour, plane.clock()) + DAY_MS,
    folder: backupFolder(plane.dataDir),
  }
}

/** Makes a backup. Null: it is still being made after 20 seconds, and goes on. IN_USE while another is. */
export async function createBackup(
  plane: ControlPlane,
  actor: Actor,
  { note, isScheduled = false }: { note: string | null; isScheduled?: boolean },
): Promise<Result<Backup | null>> {
  const state = stateOf(plane)
  if (state.running !== null)
    return failed('IN_USE', null, 'A backup is being made. Wait until it is done: backupStatus says when.')
  const done = writeBackup(sourceOf(plane), actor, {
    note,
    isScheduled,
    ...(plane.draining === undefined ? {} : { signal: plane.draining }),
  })
  state.running = { sinceMs: plane.clock(), done }
  const ended = done.then(
    ({ failure = null }) => settle(plane, state, failure),
    (error: unknown) => settle(plane, state, backupFailureOf(error)),
  )
  const waited = new AbortController()
  try {
    return await Promise.race([done, delay(WAIT_MS, ok(null), { signal: waited.signal, ref: false })])
  } finally {
    waited.abort()
    void ended
  }
}

/** Removes the scheduled ones beyond those that the settings keep. */
export async function removeOldBackups(plane: ControlPlane, actor: Actor): Promise<void> {
  const { backupsKept } = await readSettings(plane.store.prisma)
  const scheduled = readFolder(backupFolder(plane.dataDir)).filter(({ isScheduled }) => isScheduled)
  for (const { id } of scheduled.slice(backupsKept ?? BACKUPS_KEPT.default))
    await deleteBackup(plane, actor, id)
}

/** Removes a backup for good, or the note of one that another program has made. */
export async function deleteBackup(plane: ControlPlane, actor: Actor, id: string): Promise<Result<string>> {
  const number = externalNumber(id)
  const files = isBackupId(id) ? backupFiles(backupFolder(plane.dataDir), id) : null
  const target = { type: 'Backup' as const, id, label: id }
  const event = auditEvent(actor, 'backup.delete', target, plane.clock())
  if (number !== null) {
    const count = await plane.store.prisma.$transaction(async (tx) => {
      const removed = await tx.externalBackup.deleteMany({ where: { id: number } })
      if (removed.count > 0) await tx.auditEvent.create({ data: event })
      return removed.count
    })
    if (count === 0) return noSuchBackup()
  } else {
    if (files === null || typeof readSnapshot(files.manifest) === 'string') return noSuchBackup()
    // The event first: a file that is there without one is found by a list, one that is not there by nobody.
    await plane.store.prisma.auditEvent.create({ data: event })
    removeFiles(files)
  }
  forgetFindings(plane)
  return ok(id)
}

export type OpenedBackup = { backup: Snapshot; manifest: string; database: string }

/** What a download is made of, with an audit event; null: there is none, or its file is not as long as it was. */
export async function openBackup(
  plane: ControlPlane,
  actor: Actor,
  id: string,
): Promise<OpenedBackup | null> {
  const files = isBackupId(id) ? backupFiles(backupFolder(plane.dataDir), id) : null
  const backup = files === null ? null : readSnapshot(files.manifest)
  if (files === null || backup === null || typeof backup === 'string') return null
  if (statSync(files.database, { throwIfNoEntry: false })?.size !== backup.copy.bytes) return null
  const target = { type: 'Backup' as const, id, label: id }
  await plane.store.prisma.auditEvent.create({
    data: auditEvent(actor, 'backup.download', target, plane.clock()),
  })
  return { backup, manifest: manifestText(backup), database: files.database }
}

/** Waits for a backup that is being made: its copy ends at the signal of `draining`. */
export async function backupsSettled(plane: ControlPlane): Promise<void> {
  await states.get(plane)?.running?.done.catch(() => undefined)
}

function sourceOf({ store, dataDir, server, encryptionKey, clock }: ControlPlane): BackupSource {
  return { store, dataDir, version: server.version, encryptionKey, clock }
}

function stateOf(plane: ControlPlane): State {
  const state = states.get(plane) ?? { running: null, failure: null }
  states.set(plane, state)
  return state
}

function settle(plane: ControlPlane, state: State, failure: BackupFailure | null): void {
  state.running = null
  if (failure !== null) state.failure = { ...failure, atMs: plane.clock() }
  forgetFindings(plane)
}

function noSuchBackup(): Result<never> {
  return failed('NOT_FOUND', 'id', 'There is no such backup.')
}
