// Finds the `model` field of a multipart upload while it streams through.
import { Transform } from 'node:stream'

// Not the end of `filename="model"`.
const MARK = /[; ]name="model"/
const MARK_CHARS = 13
const VALUE_MAX = 256
// Without quotes, in capitals, with an encoding (RFC 5987): some parsers accept those, too.
const LENIENT_MARK = /[;\s]name\*?\s*=\s*(?:"\s*model\s*"|model\b|[\w-]*'[\w-]*'model\b)/gi

/**
 * A stream that passes every byte on, counts it, and searches for the model field (RFC 7578) where `search` is true.
 * Keeps a few hundred bytes. With `strict`, for clients that may use certain models only, every field that a lenient parser
 * could take for the model is reported, a form without one is reported as `''`, and the newest chunk is held back until
 * then: whoever destroys the stream in the callback keeps the form from ever being whole.
 */
export function watchBody(
  search: boolean,
  onBytes: (count: number) => void,
  onModel: (model: string) => void,
  strict = false,
): Transform {
  let looking = search
  let tail = ''
  let reported = 0
  let held: Buffer | null = null
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length)
      if (looking) {
        // The mark or the value may be split between chunks. Latin-1 keeps one character a byte.
        const seen = tail + chunk.toString('latin1')
        const found = strict ? modelsIn(seen) : [modelIn(seen)].filter((model) => model !== null)
        for (const model of found) {
          reported++
          onModel(Buffer.from(model, 'latin1').toString('utf8'))
        }
        looking = strict || found.length === 0
        tail = seen.slice(-(MARK_CHARS + VALUE_MAX + 64))
      }
      if (!strict) return done(null, chunk)
      // A chunk that is pushed once it is destroyed would still be emitted.
      if (this.destroyed) return done()
      const before = held
      held = chunk
      done(null, before)
    },
    flush(done) {
      if (strict && reported === 0) onModel('')
      done(null, this.destroyed ? null : held)
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

/** Each value that follows a mark; a value that cannot be read counts as ''. */
function modelsIn(text: string): string[] {
  const models: string[] = []
  for (const mark of text.matchAll(LENIENT_MARK)) {
    const start = text.indexOf('\r\n\r\n', mark.index)
    const end = start === -1 ? -1 : text.indexOf('\r\n', start + 4)
    // The remainder comes with the next chunk, unless it is longer than any model's name.
    if (end === -1 && text.length - mark.index <= MARK_CHARS + VALUE_MAX) continue
    models.push(end === -1 || end - start > VALUE_MAX ? '' : text.slice(start + 4, end))
  }
  return models
}
