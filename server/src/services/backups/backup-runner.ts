// Makes the backup of each day at the hour of the settings, in the process that owns the database.
import { systemActor } from '../../domain/admins/actor.ts'
import { lastDue } from '../../domain/backups/backup.ts'
import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts'
import { readBackupHour } from '../../store/queries/backups/backup-hour.ts'
import type { ControlPlane } from '../control-plane.ts'
import { createWriteWatch } from '../write-watch.ts'
import { backupFolder, readFolder, removeParts } from './backup-folder.ts'
import { backupsSettled, createBackup, removeOldBackups } from './manage-backups.ts'

export type BackupRunner = {
  /** Begins to look once a minute whether a backup is due. */
  start(): void
  /** Makes one where it is due, for tests and the timer alike. Resolves with whether it did. */
  step(): Promise<boolean>
  close(): Promise<void>
}

/** `report`: called with why a backup failed; the next attempt is an hour later. */
export function createBackupRunner(plane: ControlPlane, report: (problem: unknown) => void): BackupRunner {
  let timer: NodeJS.Timeout | null = null
  let isClosed = false
  let triedMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> = Promise.resolve()
  // The hour is changed by this process alone; an idle server opens no connection for it.
  const watch = createWriteWatch(plane.store, HOUR_MS)
  let backupHour: number | null = null

  async function step(): Promise<boolean> {
    if (plane.store.file === null) return false
    if (watch.changed()) {
      try {
        backupHour = await readBackupHour(plane.store)
      } catch (error) {
        watch.forget()
        throw error
      }
    }
    if (backupHour === null) return false
    const nowMs = plane.clock()
    // A missed one, of a server that was stopped, is made as soon as it runs.
    const dueMs = lastDue(backupHour, nowMs)
    const last = readFolder(backupFolder(plane.dataDir)).find(({ isScheduled }) => isScheduled)
    if ((last !== undefined && last.createdMs >= dueMs) || nowMs - triedMs < HOUR_MS) return false
    triedMs = nowMs
    const actor = systemActor('schedule')
    const made = await createBackup(plane, actor, { note: null, isScheduled: true })
    await backupsSettled(plane)
    if (!made.ok) {
      report(made.errors[0]?.message)
      return false
    }
    triedMs = Number.NEGATIVE_INFINITY
    await removeOldBackups(plane, actor)
    return true
  }

  function schedule(): void {
    if (isClosed) return
    timer = setTimeout(() => {
      running = step()
        .then(() => undefined, report)
        .finally(schedule)
    }, MINUTE_MS)
    timer.unref()
  }

  return {
    start() {
      removeParts(backupFolder(plane.dataDir))
      schedule()
    },
    step,
    async close() {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
      await running
      await backupsSettled(plane)
    },
  }
}
