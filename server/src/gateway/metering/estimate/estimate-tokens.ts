// One estimate of a call's tokens: by the tokenizer, in steps, or roughly and at once.
import { approximateTokens } from './approximate-tokens.ts'
import type { KeptBody, Section } from './kept-body.ts'
import { sectionOf } from './stream-keeper.ts'
import { partsOfJson, partsOfStream, promptSample, type TextSample, writtenSample } from './text-sample.ts'

/** A call whose upstream reported no usage: its bodies, as far as they were kept. */
export type UnmeteredCall = {
  request: KeptBody
  response: KeptBody
  isEventStream: boolean
}

export type EstimatedTokens = { inputTokens: number; outputTokens: number }

/**
 * Counts with `tokensOf`. Null where nothing written is found in the response: it may be of a form that is not known here, which
 * is no reason to report 0. Yields after each step of at most some milliseconds.
 */
export function* estimateTokens(
  call: UnmeteredCall,
  tokensOf: (text: string) => Generator<void, number>,
): Generator<void, EstimatedTokens | null> {
  const written = yield* writtenSample(call.response, call.isEventStream)
  if (written.text === '') return null
  yield
  const outputTokens = yield* tokensOf(written.text)
  const prompt = promptSample(call.request)
  yield
  const inputTokens = yield* tokensOf(prompt.text)
  return {
    inputTokens: Math.round(inputTokens * prompt.factor),
    outputTokens: Math.round(outputTokens * written.factor),
  }
}

// What a rough estimate looks at: so many bytes of a body's beginning, middle and end.
const LOOK_BYTES = 2 * 1024
// In a stream of the Responses API the first events repeat the request.
const SECTIONS_TRIED = 4

/**
 * From the kinds of characters in a few kilobytes of each body, in some 50 µs whatever their length; approximate-tokens.ts says how far
 * off the count of a text may be. Null as above.
 */
export function approximateTokensOfCall({
  request,
  response,
  isEventStream,
}: UnmeteredCall): EstimatedTokens | null {
  const written = isEventStream ? glanceAtStream(response) : partsOfJson(glanceAt(response))
  if (written.text === '') return null
  const prompt = promptSample((request.whole?.length ?? 0) <= 2 * LOOK_BYTES ? request : glanceAt(request))
  return { inputTokens: roughly(prompt), outputTokens: roughly(written) }
}

function roughly({ text, factor }: TextSample): number {
  return text === '' ? 0 : Math.max(1, Math.round(approximateTokens(text) * factor))
}

function glanceAtStream({ sections, totalBytes }: KeptBody): TextSample {
  const glance = finished(partsOfStream(beginMiddleEnd(sections), totalBytes, LOOK_BYTES))
  return glance.text === '' ? finished(partsOfStream(sections.slice(0, SECTIONS_TRIED), totalBytes)) : glance
}

function glanceAt({ whole, sections, totalBytes }: KeptBody): KeptBody {
  if (whole === null) return { whole, sections: beginMiddleEnd(sections), totalBytes }
  const distance = Math.max(LOOK_BYTES, Math.floor((whole.length - LOOK_BYTES) / 2))
  const looks: Section[] = []
  for (let at = 0; looks.length < 3 && at < whole.length; at += distance)
    looks.push(sectionOf(whole.subarray(at, at + LOOK_BYTES)))
  return { whole: null, sections: looks, totalBytes }
}

function beginMiddleEnd(sections: Section[]): Section[] {
  const at = new Set([0, Math.floor(sections.length / 2), sections.length - 1])
  return sections.filter((_, index) => at.has(index))
}

function finished<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
