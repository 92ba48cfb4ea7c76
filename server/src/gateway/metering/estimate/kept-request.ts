// What of a request's body an estimate is made from: its text without images and recordings, and of a long text a sample.
import { type KeptBody, WHOLE_MAX_BYTES, wholeBody } from './kept-body.ts'
import { sectionOf } from './stream-keeper.ts'

/** A smaller body is parsed whole, whatever it holds. */
const SMALL_MAX_BYTES = 4 * 1024
const WINDOWS = 32
const WINDOW_BYTES = 2 * 1024
// Behind these stands base64: in a data URL, and in the input_audio of a chat.
const MEDIA_MARKS = [';base64,', '"data":']
const MEDIA_LEAST_BYTES = 1024
// What stands behind more of them is counted as text: looking at each takes a microsecond.
const MARKS_MAX = 1_000
const SPACE = 0x20
const QUOTE = 0x22

/** Takes no more than some milliseconds of a body of 32 MiB. Shares the body's bytes where that is small. */
export function keptRequest(body: Buffer): KeptBody {
  if (body.length <= SMALL_MAX_BYTES) return wholeBody(body)
  const parts = withoutMedia(body)
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  // Without what is in its strings, it is still JSON.
  if (bytes <= WHOLE_MAX_BYTES) return wholeBody(parts.length === 1 ? body : Buffer.concat(parts))
  return { whole: null, sections: windowsOf(parts, bytes).map(sectionOf), totalBytes: bytes }
}

function withoutMedia(body: Buffer): Buffer[] {
  const media = MEDIA_MARKS.flatMap((mark) => mediaBehind(body, mark)).sort((a, b) => a.start - b.start)
  const parts: Buffer[] = []
  let at = 0
  for (const { start, end } of media) {
    if (start < at) continue
    parts.push(body.subarray(at, start))
    at = end
  }
  parts.push(body.subarray(at))
  return parts
}

/** Strings in base64 behind `mark`: long, and without a space. */
function mediaBehind(body: Buffer, mark: string): { start: number; end: number }[] {
  const media: { start: number; end: number }[] = []
  let at = body.indexOf(mark)
  for (let marks = 0; at !== -1 && marks < MARKS_MAX; marks++) {
    let start = at + mark.length
    if (mark.endsWith(':')) {
      while (body[start] === SPACE) start++
      start++
    }
    const end = body.indexOf(QUOTE, start)
    if (end === -1) break
    const isMedia = end - start >= MEDIA_LEAST_BYTES && !body.subarray(start, end).includes(SPACE)
    if (isMedia) media.push({ start, end })
    at = body.indexOf(mark, isMedia ? end : start)
  }
  return media
}

/** Spread evenly over the parts as if they were one. */
function windowsOf(parts: Buffer[], bytes: number): Buffer[] {
  const windows: Buffer[] = []
  const distance = (bytes - WINDOW_BYTES) / (WINDOWS - 1)
  let partStart = 0
  for (const part of parts) {
    while (windows.length < WINDOWS) {
      const start = Math.floor(windows.length * distance) - partStart
      if (start >= part.length) break
      windows.push(part.subarray(Math.max(0, start), start + WINDOW_BYTES))
    }
    partStart += part.length
  }
  return windows
}
