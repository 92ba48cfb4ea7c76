// Keeps the data directory for its user alone: it holds password hashes, the encryption key, and what calls said.
import { chmodSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'

const FOR_OTHERS = 0o077
// What Latchkey itself puts into the directory, and what a file system does.
const OWN =
  /^(latchkey\.db(-wal|-shm|-journal)?|(owner|workers)\.lock(-journal)?|encryption\.key(\..*)?|journal|spool|backups|before-restore-.*|lost\+found)$/
const FOLDERS = ['journal', 'journal/quarantine', 'spool', 'backups']

/**
 * Takes the rights of other users off the directory and Latchkey's files in it (0700 and 0600), and logs that once. A directory
 * with files of other programs keeps its own rights: only what is Latchkey's changes. Where that is not permitted, it is logged.
 */
export function keepPrivate(dataDir: string, log: Logger): void {
  // Windows has no such rights: files inherit those of the folder.
  if (process.platform === 'win32') return
  const names = namesIn(dataDir)
  const owned = names.filter((name) => OWN.test(name) && name !== 'lost+found')
  const isShared = owned.length !== names.filter((name) => name !== 'lost+found').length
  const folders = FOLDERS.map((folder) => join(dataDir, folder))
  const paths = [
    ...(isShared ? [] : [dataDir]),
    ...owned.map((name) => join(dataDir, name)),
    ...folders.flatMap((folder) => namesIn(folder).map((name) => join(folder, name))),
  ]
  const changed = paths.filter((path) => takeRights(path, log))
  if (changed.length > 0)
    log.warn(
      { paths: changed.slice(0, 20), count: changed.length },
      'other users could read these; no longer',
    )
  if (isShared && (modeOf(dataDir) & FOR_OTHERS) !== 0)
    log.warn(
      { dataDir },
      'the data directory holds files of other programs, so that its own rights stay as they are',
    )
}

/** True where there were rights to take. */
function takeRights(path: string, log: Logger): boolean {
  const mode = modeOf(path)
  if ((mode & FOR_OTHERS) === 0) return false
  try {
    chmodSync(path, mode & 0o700)
    return true
  } catch (error) {
    log.warn(
      { path, code: (error as NodeJS.ErrnoException).code },
      'other users can read this, and it cannot be changed',
    )
    return false
  }
}

/** The permission bits; 0 for what is absent or a link, whose target is not Latchkey's to change. */
function modeOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined || found.isSymbolicLink() ? 0 : found.mode & 0o777
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
