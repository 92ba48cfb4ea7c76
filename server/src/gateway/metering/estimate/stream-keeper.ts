// Keeps an event stream while it passes: of each piece no more than what differs from the piece before.
import { NOTHING } from '../response-meter.ts'
import { KEPT_MAX_BYTES } from './response-keeper.ts'

// What stands before the differing bytes of each piece: how many begin and end it as the piece before, and how many differ.
const HEAD_BYTES = 6
const PIECE_MAX_BYTES = 0xffff
const ROOM_FIRST_BYTES = 1024

/**
 * For an answer in many small pieces, which are nearly all alike: an event of a chat repeats its id, its model and its time
 * around a few letters. A stream of a thousand of them takes some 12 KB instead of the 400 that references to them would.
 */
export class StreamKeeper {
  readonly #maxBytes: number
  /** Of the stream. */
  #bytes = 0
  #last = NOTHING
  #kept = NOTHING
  #used = 0

  constructor(maxBytes = KEPT_MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Takes the next bytes, which must not be changed afterwards. */
  add(chunk: Buffer): void {
    if (this.#bytes > this.#maxBytes) return
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) {
      this.#kept = this.#last = NOTHING
      return
    }
    if (chunk.length <= PIECE_MAX_BYTES) return this.#keep(chunk)
    for (let at = 0; at < chunk.length; at += PIECE_MAX_BYTES)
      this.#keep(chunk.subarray(at, at + PIECE_MAX_BYTES))
  }

  /** The stream so far; null where it has grown beyond what is kept. */
  text(): string | null {
    if (this.#bytes > this.#maxBytes) return null
    const stream = Buffer.allocUnsafe(this.#bytes)
    const kept = this.#kept
    let lastAt = 0
    let to = 0
    for (let at = 0; at < this.#used; ) {
      const begins = kept.readUInt16LE(at)
      const ends = kept.readUInt16LE(at + 2)
      const differs = kept.readUInt16LE(at + 4)
      const from = at + HEAD_BYTES
      const pieceAt = to
      stream.copyWithin(to, lastAt, lastAt + begins)
      to += begins
      kept.copy(stream, to, from, from + differs)
      to += differs
      // The piece before ends where this one begins.
      stream.copyWithin(to, pieceAt - ends, pieceAt)
      to += ends
      lastAt = pieceAt
      at = from + differs
    }
    return stream.toString('utf8')
  }

  #keep(piece: Buffer): void {
    const last = this.#last
    const common = Math.min(last.length, piece.length)
    let begins = 0
    while (begins < common && last[begins] === piece[begins]) begins++
    const beyond = last.length - piece.length
    let end = piece.length
    const least = piece.length - common + begins
    while (end > least && last[end - 1 + beyond] === piece[end - 1]) end--
    this.#last = piece
    const differs = end - begins
    const to = this.#used
    this.#used += HEAD_BYTES + differs
    if (this.#used > this.#kept.length) this.#grow()
    const kept = this.#kept
    kept.writeUInt16LE(begins, to)
    kept.writeUInt16LE(piece.length - end, to + 2)
    kept.writeUInt16LE(differs, to + 4)
    for (let at = 0; at < differs; at++) kept[to + HEAD_BYTES + at] = piece[begins + at] ?? 0
  }

  #grow(): void {
    const before = this.#kept
    this.#kept = Buffer.allocUnsafeSlow(Math.max(ROOM_FIRST_BYTES, before.length * 2, this.#used))
    before.copy(this.#kept)
  }
}
