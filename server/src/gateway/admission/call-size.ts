// How many tokens a JSON call may use at most, read off its body.
import { outputTokensAtMost } from '../../domain/policy/reservation-size.ts'
import { type ObjectScan, scanObject, scanObjectInSlices } from '../json-scan.ts'

// OpenAI's own rule of thumb, which its rate limits estimate by, too:
// https://platform.openai.com/docs/guides/rate-limits#reduce-the-max_tokens-to-match-the-size-of-your-completions
const BYTES_PER_TOKEN = 4
// An image or a recording in the body: its tokens have nothing to do with its bytes.
const DATA_TOKENS = 1_000
const DATA_MARK = ';base64,'
const QUOTE = 0x22
const LARGE_BYTES = 128 * 1024

const SIZES = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'n', 'best_of'] as const
const WANTED: ReadonlySet<string> = new Set(SIZES)

/**
 * Tokens both ways: the input estimated from the text's length, the output as the caller bounds it; `writes` false: there
 * is none. What the call really used takes its place when it ends.
 */
export async function tokensAtMost(body: Buffer, writes: boolean): Promise<number> {
  const input = inputTokens(body)
  if (!writes) return input
  const scan = body.length > LARGE_BYTES ? await scanObjectInSlices(body, WANTED) : scanObject(body, WANTED)
  const size = (name: (typeof SIZES)[number]) => (scan === null ? null : numberIn(body, scan, name))
  return (
    input +
    outputTokensAtMost({
      maxOutputTokens: largest(size('max_tokens'), size('max_completion_tokens'), size('max_output_tokens')),
      choices: largest(size('n'), size('best_of')),
      modelMaxOutputTokens: null,
    })
  )
}

function inputTokens(body: Buffer): number {
  let textBytes = body.length
  let pieces = 0
  for (let at = body.indexOf(DATA_MARK); at !== -1; at = body.indexOf(DATA_MARK, at)) {
    const end = body.indexOf(QUOTE, at)
    if (end === -1) break
    textBytes -= end - at
    pieces++
    at = end
  }
  return Math.ceil(textBytes / BYTES_PER_TOKEN) + pieces * DATA_TOKENS
}

/** The largest that the body says anywhere, since parsers differ in which of two they take; null where it sets no bound. */
function numberIn(body: Buffer, scan: ObjectScan, name: string): number | null {
  const spans = scan.members.get(name) ?? []
  const texts = spans.map(({ start, end }) => body.toString('latin1', start, Math.min(end, start + 64)))
  return largest(...texts.map((text) => (text === 'null' ? null : Number(text))))
}

/** NaN, of something that is no number, counts as more than any. */
function largest(...values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
