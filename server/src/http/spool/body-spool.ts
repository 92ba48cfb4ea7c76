// Where request bodies are kept that must be read whole before they are sent on, and may be sent again: a small one in memory, a
// larger one in a temporary file.
//
// Bound: `memoryBytes` of each body in memory, what its leases give, and the space that the disk keeps free. Lifetime: a file has no
// name from the moment it is open, so it goes with the process; what a crash in between has left is removed by
// `emptySpoolFolder` at the next start.

import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { type FileHandle, mkdir, open, statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Lease, SpooledBody, type SpoolFault } from './spooled-body.ts'

export type SpoolOptions = {
  /** Path of a folder that this alone uses; it need not exist. */
  folder: string
  /** Of one body. */
  memoryBytes: number
}

// For the journal and the database, which may be on the same disk.
const FREE_BYTES = 64 * 1024 * 1024
const NAME = /^[\da-f-]{36}\.body$/

export class BodySpool {
  readonly memoryBytes: number
  readonly #folder: string

  constructor({ folder, memoryBytes }: SpoolOptions) {
    this.#folder = folder
    this.memoryBytes = memoryBytes
  }

  /** An empty body, to be released; the leases are released with it. */
  begin(memory: Lease, disk: Lease): SpooledBody {
    return new SpooledBody(this, memory, disk)
  }

  /** A file of the owner's alone, without a name. Rejects for whatever the file system does. */
  async openFile(): Promise<FileHandle | SpoolFault> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const { bavail, bsize } = await statfs(this.#folder)
    if (bavail * bsize < FREE_BYTES) return 'disk-full'
    const path = join(this.#folder, `${randomUUID()}.body`)
    const file = await open(path, 'wx+', 0o600)
    try {
      await unlink(path)
    } catch (error) {
      await file.close()
      throw error
    }
    return file
  }
}

/** Removes the bodies that a process left which was killed. To be called while no other process has the folder. */
export function emptySpoolFolder(folder: string): void {
  for (const name of namesIn(folder)) if (NAME.test(name)) rmSync(join(folder, name), { force: true })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // There is none before the first large body.
    return []
  }
}
