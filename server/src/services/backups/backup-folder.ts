// The folder of backups, `backups/` in the data directory: `<id>.db` and its manifest `<id>.json`.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isBackupId } from '../../domain/backups/backup.ts'
import { MANIFEST_MAX_BYTES, readManifest, type Snapshot } from '../../domain/backups/backup-manifest.ts'
import { makePrivateFolder } from '../../store/data-files.ts'

// Beyond this many manifests the oldest are not looked at.
const LISTED_MAX = 2_000

export type BackupFiles = { database: string; manifest: string }

/** Where the backups of a data directory are. */
export function backupFolder(dataDir: string): string {
  return join(dataDir, 'backups')
}

/** The files of a backup; `id` must be one. */
export function backupFiles(folder: string, id: string): BackupFiles {
  return { database: join(folder, `${id}.db`), manifest: join(folder, `${id}.json`) }
}

/** Makes the folder for this user alone. Throws what the disk says. */
export function ensureFolder(folder: string): void {
  makePrivateFolder(folder)
}

/** The backups of a folder, newest first; what is no backup is passed over. */
export function readFolder(folder: string): Snapshot[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.json') && isBackupId(name.slice(0, -5)))
    .toSorted()
    .reverse()
    .slice(0, LISTED_MAX)
    .flatMap((name) => {
      const read = readSnapshot(join(folder, name))
      return typeof read === 'string' ? [] : [read]
    })
}

/** The backup whose manifest is at a path; text: why there is none, as a sentence. */
export function readSnapshot(manifest: string): Snapshot | string {
  try {
    if (statSync(manifest).size > MANIFEST_MAX_BYTES) return 'The manifest is too long to be one.'
    return readManifest(readFileSync(manifest, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT'
      ? `There is no ${manifest}. Is LATCHKEY_DATA_DIR that of the server?`
      : `${manifest} cannot be read (${code ?? 'unknown'}).`
  }
}

/** Removes both files: the manifest first, since a backup is what has one. Throws what the disk says. */
export function removeFiles({ database, manifest }: BackupFiles): void {
  rmSync(manifest, { force: true })
  rmSync(database, { force: true })
}

/** Removes what a copy that was interrupted has left. To be called while none is made. */
export function removeParts(folder: string): void {
  for (const name of namesIn(folder)) {
    if (/^bak_.*\.part(-journal|-wal|-shm)?$/.test(name)) rmSync(join(folder, name), { force: true })
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // It is made with the first backup.
    return []
  }
}
