// Keeps an event stream while it passes: of each piece no more than what differs from the piece before, of a long stream
// sections that are spread over it, and of all streams together no more than the memory that they share.
import type { ContentMemory } from '../../capture/content-memory.ts'
import { NO_BYTES } from '../response-meter.ts'
import type { KeptBody, Section } from './kept-body.ts'

// What stands before the differing bytes of each piece: how many begin and end it as the piece before, and how many differ.
const HEAD_BYTES = 6
// So that a section is not much longer than it should be, whatever the length of a chunk.
const PIECE_MAX_BYTES = 8 * 1024
const SECTION_BYTES = 16 * 1024
// Pieces of single bytes take seven each.
const CODED_BYTES = 32 * 1024
// A stream of a million bytes is kept whole; of a longer one 32 to 64 sections are.
const SECTIONS_MAX = 64
const ROOM_FIRST_BYTES = 1024

/**
 * For a response in many small pieces, which are nearly all alike: an event of a chat repeats its id, its model and its time
 * around a few letters. A stream of a thousand of them takes some 12 KB instead of the 400 that references to them would.
 *
 * Owner: one attempt, which must call `release`. Bound: SECTIONS_MAX sections, as a rule 64 KB in all, of
 * text without repetition 1.5 MB;
 * of all streams together what `memory` has. Beyond the first KB, a stream for which there is no memory keeps what it has.
 */
export class StreamKeeper {
  readonly #memory: ContentMemory
  /** Of the stream. */
  #bytes = 0
  #sections: Section[] = []
  // Of the section that is being written: its length in the stream, and what is kept of it.
  #sectionBytes = 0
  #sectionIndex = 0
  #coded = NO_BYTES
  #used = 0
  #last = NO_BYTES
  /** Every section whose index is a multiple of this is kept. */
  #stride = 1
  #taken = 0
  #exhausted = false

  constructor(memory: ContentMemory) {
    this.#memory = memory
  }

  /** Takes the next bytes, which must not be changed afterwards. */
  add(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#exhausted) return
    if (chunk.length <= PIECE_MAX_BYTES) return this.#addPiece(chunk)
    for (let at = 0; at < chunk.length; at += PIECE_MAX_BYTES)
      this.#addPiece(chunk.subarray(at, at + PIECE_MAX_BYTES))
  }

  /** What is kept so far. Its bytes are shared with the keeper until `release`. */
  kept(): KeptBody {
    const current = { coded: this.#coded.subarray(0, this.#used), bytes: this.#sectionBytes }
    const sections = this.#used > 0 ? [...this.#sections, current] : this.#sections
    return { whole: null, sections, totalBytes: this.#bytes }
  }

  /** Gives back what it has taken of the shared memory; nothing may be added afterwards. */
  release(): void {
    this.#memory.giveBack(this.#taken)
    this.#taken = 0
    this.#exhausted = true
    this.#coded = this.#last = NO_BYTES
    this.#sections = []
    this.#used = 0
  }

  #addPiece(piece: Buffer): void {
    if (this.#exhausted) return
    if (this.#sectionIndex % this.#stride === 0 && !this.#keep(piece)) return this.#stop(piece)
    this.#sectionBytes += piece.length
    if (this.#sectionBytes >= SECTION_BYTES || this.#used >= CODED_BYTES) this.#endSection()
  }

  /** False where there is no memory for the piece. */
  #keep(piece: Buffer): boolean {
    const last = this.#last
    const common = Math.min(last.length, piece.length)
    let begins = 0
    while (begins < common && last[begins] === piece[begins]) begins++
    const beyond = last.length - piece.length
    let end = piece.length
    const least = piece.length - common + begins
    while (end > least && last[end - 1 + beyond] === piece[end - 1]) end--
    const differs = end - begins
    const to = this.#used
    const needed = to + HEAD_BYTES + differs
    if (needed > this.#coded.length && !this.#grow(needed)) return false
    this.#last = piece
    this.#used = needed
    const coded = this.#coded
    coded.writeUInt16LE(begins, to)
    coded.writeUInt16LE(piece.length - end, to + 2)
    coded.writeUInt16LE(differs, to + 4)
    for (let at = 0; at < differs; at++) coded[to + HEAD_BYTES + at] = piece[begins + at] ?? 0
    return true
  }

  /** False where there is no memory for it. The first KB of a stream is always there. */
  #grow(needed: number): boolean {
    const before = this.#coded
    const size = Math.max(ROOM_FIRST_BYTES, before.length * 2, needed)
    const isFirst = size === ROOM_FIRST_BYTES && this.#sections.length === 0
    if (!isFirst) {
      if (!this.#memory.take(size - before.length)) return false
      this.#taken += size - before.length
    }
    this.#coded = Buffer.allocUnsafeSlow(size)
    before.copy(this.#coded)
    return true
  }

  /** Nothing more is kept: the section so far is the last, or the first KB of the first piece if there is none. */
  #stop(piece: Buffer): void {
    if (this.#used === 0 && this.#sections.length === 0) {
      const beginning = piece.subarray(0, ROOM_FIRST_BYTES - HEAD_BYTES)
      this.#keep(beginning)
      this.#sectionBytes = beginning.length
    }
    this.#exhausted = true
    this.#last = NO_BYTES
  }

  #endSection(): void {
    if (this.#sectionIndex % this.#stride === 0) {
      this.#sections.push({ coded: this.#withoutRoom(), bytes: this.#sectionBytes })
      if (this.#sections.length === SECTIONS_MAX) this.#thinOut()
    }
    this.#sectionIndex++
    this.#sectionBytes = this.#used = 0
    this.#coded = this.#last = NO_BYTES
  }

  /** What is kept of the section, without the room that it did not need. The first KB of a stream is not counted. */
  #withoutRoom(): Buffer {
    const room = this.#coded.length - this.#used
    if (room < this.#used / 4 || this.#sections.length === 0) return this.#coded.subarray(0, this.#used)
    const coded = Buffer.allocUnsafeSlow(this.#used)
    this.#coded.copy(coded)
    this.#memory.giveBack(room)
    this.#taken -= room
    return coded
  }

  /** Every second section goes, and of those to come only half are kept. */
  #thinOut(): void {
    const kept = this.#sections
    this.#sections = kept.filter((_, index) => index % 2 === 0)
    this.#stride *= 2
    let bytes = 0
    for (let index = 1; index < kept.length; index += 2) bytes += kept[index]?.coded.buffer.byteLength ?? 0
    this.#memory.giveBack(bytes)
    this.#taken -= bytes
  }
}

/** The bytes of a section, or about the first `maxBytes` of them: up to the end of a piece. */
export function decodeSection({ coded, bytes }: Section, maxBytes = bytes): Buffer {
  const stream = Buffer.allocUnsafe(bytes)
  let lastAt = 0
  let to = 0
  for (let at = 0; at < coded.length && to < maxBytes; ) {
    const begins = uint16At(coded, at)
    const ends = uint16At(coded, at + 2)
    const differs = uint16At(coded, at + 4)
    const from = at + HEAD_BYTES
    const pieceAt = to
    stream.copyWithin(to, lastAt, lastAt + begins)
    to += begins
    stream.set(coded.subarray(from, from + differs), to)
    to += differs
    // The piece before ends where this one begins.
    stream.copyWithin(to, pieceAt - ends, pieceAt)
    to += ends
    lastAt = pieceAt
    at = from + differs
  }
  return stream.subarray(0, to)
}

function uint16At(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}

/** A section of bytes that are at hand, at most 65,535. */
export function sectionOf(bytes: Uint8Array): Section {
  const coded = Buffer.allocUnsafeSlow(HEAD_BYTES + bytes.length)
  coded.writeUInt32LE(0, 0)
  coded.writeUInt16LE(bytes.length, 4)
  coded.set(bytes, HEAD_BYTES)
  return { coded, bytes: bytes.length }
}
