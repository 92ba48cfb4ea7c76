// Reads the lines of a part of a segment.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { isRequestId } from '../../domain/uuid.ts'
import { type ContentLine, isContentLine, parseContentLine } from '../journal/content-line.ts'
import { encodeFrame, readFrames } from '../journal/frame.ts'
import { isReadableVersion, parseLine } from '../journal/line.ts'
import type { BatchRemainder } from './apply-batch.ts'

export type ReadBatch = {
  /** The records of closing lines, each parsed when the iterator reaches it. */
  closed: Iterable<CallRecord>
  /** The other lines; to be read once, when all of `closed` have been read. */
  rest(): BatchRemainder & {
    /** Ranges that were no frame, and lines that cannot be stored. */
    unreadable: Buffer[]
  }
  /** Bytes that need not be read again, as decodeFrames says. */
  consumed: number
  /** The lines of content. */
  contents: ContentLine[]
  /** The segment is of a version that this one cannot read. */
  alien: boolean
}

// How an opening line begins, up to its id; a quote follows that.
const OPENING = Buffer.from('O{"id":"')
const ID_CHARS = 'req_'.length + 32
const QUOTE = 0x22
const CLOSING = 0x43

/** Reads all whole lines in `bytes`; `complete` as for decodeFrames, `pause` as in IngestBatch: called once a line. */
export function readBatch(bytes: Buffer, complete: boolean, pause?: () => void): ReadBatch {
  // Most calls are opened and closed in one batch. A closing line repeats all members of the opening line, so an opening line is
  // parsed only where its closing line is not in the batch: until then its range is enough.
  const openings = new Map<string, number>()
  // Starts and ends in turn. What `openings` has is an index of the first.
  const opened: number[] = []
  const closings: number[] = []
  const openedBefore: string[] = []
  const contents: ContentLine[] = []
  const refused: Buffer[] = []
  let alien = false
  const { consumed, damaged } = readFrames(bytes, complete, (start, end) => {
    pause?.()
    if (bytes[start] === CLOSING) return void closings.push(start, end)
    const openedId = openedIdAt(bytes, start, end)
    if (openedId !== null) return open(openedId, start, end)
    const payload = bytes.toString('utf8', start, end)
    if (isContentLine(bytes, start)) {
      // An invalid one is dropped: in the quarantine it would be stored for longer than content may be.
      const content = parseContentLine(payload)
      if (content !== null) contents.push(content)
      return
    }
    const line = parseLine(payload)
    if (line?.kind === 'head') alien ||= !isReadableVersion(line.version)
    else if (line?.kind === 'open') open(line.call.id, start, end)
    else refused.push(encodeFrame(payload))
  })

  function open(id: string, start: number, end: number): void {
    openings.set(id, opened.length)
    opened.push(start, end)
  }

  function* closed(): Generator<CallRecord> {
    for (let at = 0; at < closings.length; at += 2) {
      const payload = bytes.toString('utf8', closings[at], closings[at + 1])
      const line = parseLine(payload)
      if (line?.kind !== 'close') {
        refused.push(encodeFrame(payload))
        continue
      }
      if (!openings.delete(line.record.id)) openedBefore.push(line.record.id)
      yield line.record
    }
  }

  function rest() {
    const stillOpen: BatchRemainder['opened'] = []
    for (const [id, at] of openings) {
      const payload = bytes.toString('utf8', opened[at], opened[at + 1])
      if (parseLine(payload) === null) refused.push(encodeFrame(payload))
      else stillOpen.push({ id, record: payload.slice(1) })
    }
    return { opened: stillOpen, openedBefore, unreadable: [...damaged, ...refused] }
  }

  return { closed: closed(), contents, rest, consumed, alien }
}

/** The id in the opening line at this place; null for any other line, and for one that is not as we write it. */
function openedIdAt(bytes: Buffer, start: number, end: number): string | null {
  const idAt = start + OPENING.length
  const idEnd = idAt + ID_CHARS
  if (idEnd >= end || bytes[idEnd] !== QUOTE) return null
  // Byte by byte: to ask Buffer costs more than so few bytes do.
  for (let at = 0; at < OPENING.length; at++) if (bytes[start + at] !== OPENING[at]) return null
  const id = bytes.toString('latin1', idAt, idEnd)
  return isRequestId(id) ? id : null
}
