// Whether a backup is whole: its checksum, what SQLite says of it, and whether this version can use it.
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isBackupId } from '../../domain/backups/backup.ts'
import type { Snapshot } from '../../domain/backups/backup-manifest.ts'
import { checkSqliteFile } from '../../store/sqlite/copy-database.ts'
import { type BackupFiles, backupFiles, backupFolder, readSnapshot } from './backup-folder.ts'

export type VerifiedBackup = {
  backup: Snapshot
  files: BackupFiles
  /** Sentences; empty: it is whole, and this version can use it. */
  problems: string[]
}

/**
 * Reads all of a backup. `which`: its id, in the folder of the data directory, or the path of its `.db` or `.json`. Rejects with an Error
 * that says why there is none.
 */
export async function verifyBackup(dataDir: string, which: string): Promise<VerifiedBackup> {
  const files = locate(dataDir, which)
  const backup = readSnapshot(files.manifest)
  if (typeof backup === 'string') throw new Error(backup)
  if (!existsSync(files.database)) throw new Error(`There is no ${files.database}.`)
  const { bytes, sha256, faults, schemaProblem } = await checkSqliteFile(files.database)
  const problems: string[] = []
  if (sha256 !== backup.copy.sha256)
    problems.push(
      `The file is not what the backup was: it has ${bytes} bytes and the SHA-256 ${sha256}, and the manifest says ${backup.copy.bytes} and ${backup.copy.sha256}.`,
    )
  problems.push(...faults)
  if (schemaProblem !== null) problems.push(schemaProblem)
  return { backup, files, problems }
}

function locate(dataDir: string, which: string): BackupFiles {
  if (isBackupId(which)) return backupFiles(backupFolder(dataDir), which)
  const id = basename(which).replace(/\.(db|json)$/, '')
  if (which.endsWith('.tar')) throw new Error(`Unpack it first: tar -xf ${which}. Then name the .db in it.`)
  if (!isBackupId(id))
    throw new Error(
      `${which} is not the id of a backup, such as bak_20260131T030000000Z_1f2e3d, nor the path of a file with such a name.`,
    )
  return { database: join(dirname(which), `${id}.db`), manifest: join(dirname(which), `${id}.json`) }
}
