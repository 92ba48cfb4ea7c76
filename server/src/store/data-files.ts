// Files and folders of the data directory, for their user alone. A file is written as a whole or not at all, whatever fails in between.
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { diskFault } from '../domain/start-error.ts'

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

/** Makes the data directory so. Throws StartError: what the disk says, for whoever set LATCHKEY_DATA_DIR. */
export function makeDataDirectory(path: string): void {
  try {
    makePrivateFolder(path)
  } catch (error) {
    throw diskFault(path, error)
  }
}

/** Replaces the file at `path`, readable by its user alone. Throws what the disk says; the former file is there then. */
export function writeFileAtomically(path: string, bytes: Uint8Array): void {
  const temporary = writeTemporary(path, bytes)
  try {
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(path)
}

/** The same where there is no file yet. False where there is one, which is left as it is: of two writers, one succeeds. */
export function createFileAtomically(path: string, bytes: Uint8Array): boolean {
  const temporary = writeTemporary(path, bytes)
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  syncFolder(path)
  return true
}

function writeTemporary(path: string, bytes: Uint8Array): string {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const fd = openSync(temporary, 'wx', 0o600)
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
    fsyncSync(fd)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  return temporary
}

/** The name, too, survives a power cut. Where a folder cannot be synced, as on Windows, the system does that by itself. */
function syncFolder(path: string): void {
  try {
    const fd = openSync(dirname(path), 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    return
  }
}
