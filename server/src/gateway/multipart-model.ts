// Finds the `model` field of a multipart upload while it streams by, for the log alone.
import { Transform } from 'node:stream'

// Not the end of `filename="model"`.
const MARK = /[; ]name="model"/
const MARK_CHARS = 13
const VALUE_MAX = 256

/**
 * A stream that passes every byte on, counts it, and looks for the model field (RFC 7578) where `search` is true.
 * Holds back nothing; keeps a few hundred bytes.
 */
export function watchBody(
  search: boolean,
  onBytes: (count: number) => void,
  onModel: (model: string) => void,
): Transform {
  let looking = search
  let tail = ''
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length)
      if (looking) {
        // The mark or the value may be split between chunks. Latin-1 keeps one character a byte.
        const seen = tail + chunk.toString('latin1')
        const found = modelIn(seen)
        if (found !== null) {
          looking = false
          onModel(Buffer.from(found, 'latin1').toString('utf8'))
        }
        tail = seen.slice(-(MARK_CHARS + VALUE_MAX + 64))
      }
      done(null, chunk)
    },
  })
}

function modelIn(text: string): string | null {
  const at = text.search(MARK)
  if (at === -1) return null
  const start = text.indexOf('\r\n\r\n', at)
  if (start === -1) return null
  const end = text.indexOf('\r\n', start + 4)
  if (end === -1 || end - start > VALUE_MAX) return null
  return text.slice(start + 4, end)
}
