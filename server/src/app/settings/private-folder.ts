// The folder of what only Latchkey's own user may read.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it that are missing, for this user alone (0700); one that is there stays as it is. Throws
 * what the disk says. In place of Node's recursive `mkdirSync`, which never returns where the file system fails with ENOENT
 * under a folder that is there, such as /proc (seen with Node 24).
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || existsSync(parent)) throw error
    makePrivateFolder(parent)
    makePrivateFolder(path)
  }
}
