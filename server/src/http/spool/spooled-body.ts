// One request body in memory or in a file, which can be read any number of times until it is released.
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Edit } from '../wire/multipart/edit-form.ts'

/** Why no more of a body can be kept: other bodies take the memory, or the room for files; or the disk has none. */
export type SpoolFault = 'memory-full' | 'no-room' | 'disk-full'

/** What a body may take. */
export type Lease = {
  /** False, and nothing is taken, where there is no room for so many bytes more. */
  take(bytes: number): boolean
  /** Gives back all that was taken; called once. */
  release(): void
}

/** Where a body's file comes from, and from how many bytes on it has one. */
type FileSource = {
  readonly memoryBytes: number
  openFile(): Promise<FileHandle | SpoolFault>
}

const READ_BYTES = 64 * 1024
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

export class SpooledBody {
  readonly #source: FileSource
  readonly #inMemory: Lease
  readonly #onDisk: Lease
  #memory: Buffer[] = []
  #file: FileHandle | null = null
  #length = 0
  /** Of the file. */
  #writtenBytes = 0
  // Reads and writes of the file that have not ended: it must not be closed under them.
  #busy = 0
  #released = false
  #closed = false
  readonly #readers = new Set<Readable>()

  constructor(source: FileSource, memory: Lease, disk: Lease) {
    this.#source = source
    this.#inMemory = memory
    this.#onDisk = disk
  }

  /** Bytes. */
  get length(): number {
    return this.#length
  }

  /**
   * Takes the next bytes; not again before what it returned has resolved. Null, or resolved with null: they are kept. Rejects on
   * an error of the file system other than that it is full.
   */
  add(chunk: Buffer): Promise<SpoolFault | null> | SpoolFault | null {
    if (this.#released) return null
    this.#length += chunk.length
    this.#memory.push(chunk)
    if (this.#file !== null || this.#length > this.#source.memoryBytes) return this.#flush()
    return this.#inMemory.take(chunk.length) ? null : 'memory-full'
  }

  /** The whole body with these edits, in the order of their places: in one piece where it is in memory. */
  read(edits: readonly Edit[]): Buffer | Readable {
    if (this.#file === null) return this.#inOnePiece(edits)
    const reader = Readable.from(this.#pieces(edits), { objectMode: false, highWaterMark: READ_BYTES })
    reader.on('error', () => undefined)
    reader.once('close', () => this.#readers.delete(reader))
    this.#readers.add(reader)
    return reader
  }

  /** Nothing is read any more: what is in memory, and the file, are gone. A second call does nothing. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.#memory = []
    this.#inMemory.release()
    for (const reader of this.#readers) reader.destroy()
    this.#closeIfIdle()
  }

  async #flush(): Promise<SpoolFault | null> {
    const bytes = this.#memory.length === 1 ? this.#memory[0] : Buffer.concat(this.#memory)
    this.#memory = []
    if (bytes === undefined) return null
    if (!this.#onDisk.take(bytes.length)) return 'no-room'
    this.#writtenBytes += bytes.length
    this.#busy++
    try {
      if (this.#file === null) {
        const opened = await this.#source.openFile()
        if (typeof opened === 'string') return opened
        this.#file = opened
      }
      await writeAll(this.#file, bytes, this.#writtenBytes - bytes.length)
      return null
    } catch (error) {
      if (DISK_FULL.has((error as NodeJS.ErrnoException).code ?? '')) return 'disk-full'
      throw error
    } finally {
      this.#busy--
      this.#closeIfIdle()
    }
  }

  #inOnePiece(edits: readonly Edit[]): Buffer {
    const whole = this.#memory.length === 1 ? this.#memory[0] : Buffer.concat(this.#memory)
    if (whole === undefined || edits.length === 0) return whole ?? Buffer.alloc(0)
    const parts: Buffer[] = []
    let at = 0
    for (const { start, end, text } of edits) {
      parts.push(whole.subarray(at, start), Buffer.from(text))
      at = end
    }
    return Buffer.concat([...parts, whole.subarray(at)])
  }

  async *#pieces(edits: readonly Edit[]): AsyncGenerator<Buffer> {
    let at = 0
    for (const { start, end, text } of edits) {
      yield* this.#range(at, start)
      yield Buffer.from(text)
      at = end
    }
    yield* this.#range(at, this.#length)
  }

  async *#range(from: number, to: number): AsyncGenerator<Buffer> {
    for (let at = from; at < to; ) {
      const piece = await this.#readAt(at, Math.min(READ_BYTES, to - at))
      at += piece.length
      yield piece
    }
  }

  async #readAt(at: number, bytes: number): Promise<Buffer> {
    const file = this.#file
    if (file === null || this.#released) throw new Error('the body has been released')
    this.#busy++
    try {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, at)
      if (bytesRead === 0) throw new Error('the file of a body is shorter than the body')
      return buffer.subarray(0, bytesRead)
    } finally {
      this.#busy--
      this.#closeIfIdle()
    }
  }

  #closeIfIdle(): void {
    if (!this.#released || this.#closed || this.#busy > 0) return
    this.#closed = true
    this.#onDisk.release()
    const file = this.#file
    this.#file = null
    // Nothing is lost with it: the file has no name.
    file?.close().catch(() => undefined)
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}
