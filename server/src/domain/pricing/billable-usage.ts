// What of a call's usage is billed: upstreams count the same thing in several conventions, and bill by different units.
import type { Usage } from '../logs/call-record.ts'
import type { UnitPrices } from './prices.ts'
import type { BillableUsage, UsageConvention } from './receipt.ts'

/** What a response reports of its usage beside the four numbers that every request log has. Null: not reported. */
export type UsageDetails = {
  /** The convention that it counts by; `Usage` itself is always inclusive. */
  convention: UsageConvention
  cacheWriteTokens: number | null
  /** Those that are kept for an hour. */
  cacheWrite1hTokens: number | null
  /** The parts of the cached input tokens that are audio, and images. */
  cachedAudioTokens: number | null
  cachedImageTokens: number | null
  /** Without those from a cache. */
  inputAudioTokens: number | null
  /** Of the images that were sent, without those from a cache. */
  inputImageTokens: number | null
  inputVideoTokens: number | null
  outputAudioTokens: number | null
  /** Of the images that were made. */
  outputImageTokens: number | null
  outputVideoTokens: number | null
  /** Of a recording. */
  seconds: number | null
  /** Input and output together, as the response has it. */
  totalTokens: number | null
}

/** What is known of a call from its request and the shape of its response; null: not known, or none. */
export type CountedUnits = {
  /** False: there is no output, so that a response need not report any. */
  writes: boolean
  images: number | null
  /** What the model makes is images alone, so that all of its output is theirs unless it is reported apart. */
  makesImages: boolean
  characters: number | null
  /** The upstream leaves the reasoning out of its output tokens, and has it in the total. */
  hidesReasoning: boolean
}

/**
 * The units that a call is billed by. Images, seconds and characters count where they have a price, or where no tokens are
 * reported; tokens do not where only the others have one. `prices` null: not known.
 */
export function billedUsage(
  usage: Usage,
  details: UsageDetails | null,
  counted: CountedUnits,
  prices: UnitPrices | null,
): BillableUsage {
  const cached = usage.cachedInputTokens
  const written = details?.cacheWriteTokens ?? null
  const isReported = usage.inputTokens !== null
  const beside = details?.convention === 'EXCLUSIVE' ? (cached ?? 0) + (written ?? 0) : 0
  const seconds = details?.seconds ?? null
  const isBilled = (unit: 'image' | 'second' | 'character') => prices?.[unit] !== undefined
  const own = {
    images: isBilled('image') || !isReported ? counted.images : null,
    seconds: isBilled('second') || !isReported ? seconds : null,
    characters: isBilled('character') || !isReported ? counted.characters : null,
  }
  const byTheirOwn = own.images !== null || own.seconds !== null || own.characters !== null
  if (!isReported || (byTheirOwn && prices?.inputToken === undefined && prices?.outputToken === undefined)) {
    return { ...NO_TOKENS, ...own }
  }
  const hidden = hiddenReasoning(usage, details, counted)
  return {
    inputTokens: (usage.inputTokens ?? 0) - beside,
    cachedInputTokens: cached,
    cachedAudioTokens: apart(details?.cachedAudioTokens, 'cachedInputAudioToken', prices),
    cachedImageTokens: apart(details?.cachedImageTokens, 'cachedInputImageToken', prices),
    cacheWriteTokens: written,
    cacheWrite1hTokens: details?.cacheWrite1hTokens ?? null,
    inputAudioTokens: details?.inputAudioTokens ?? null,
    inputImageTokens: details?.inputImageTokens ?? null,
    inputVideoTokens: details?.inputVideoTokens ?? null,
    outputTokens: usage.outputTokens === null ? (counted.writes ? null : 0) : usage.outputTokens + hidden,
    reasoningTokens: hidden > 0 ? (usage.reasoningTokens ?? 0) + hidden : usage.reasoningTokens,
    outputAudioTokens: details?.outputAudioTokens ?? null,
    outputImageTokens: imageOutput(usage, details, counted, prices),
    outputVideoTokens: details?.outputVideoTokens ?? null,
    ...own,
  }
}

/** Of usage that is not billed by tokens. */
export const NO_TOKENS = {
  inputTokens: null,
  cachedInputTokens: null,
  cachedAudioTokens: null,
  cachedImageTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  inputAudioTokens: null,
  inputImageTokens: null,
  inputVideoTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  outputAudioTokens: null,
  outputImageTokens: null,
  outputVideoTokens: null,
}

/** A part of the cached tokens, where it has a price of its own, or where prices may be known later. */
function apart(
  tokens: number | null | undefined,
  unit: 'cachedInputAudioToken' | 'cachedInputImageToken',
  prices: UnitPrices | null,
): number | null {
  return prices === null || prices[unit] !== undefined ? (tokens ?? null) : null
}

/** Where there is no price of images apart, nothing needs to be told apart either. */
function imageOutput(
  { outputTokens, reasoningTokens }: Usage,
  details: UsageDetails | null,
  { makesImages }: CountedUnits,
  prices: UnitPrices | null,
): number | null {
  const reported = details?.outputImageTokens ?? null
  if (reported !== null || !makesImages || prices?.outputImageToken === undefined) return reported
  return outputTokens === null ? null : Math.max(0, outputTokens - (reasoningTokens ?? 0))
}

/** https://ai.google.dev/gemini-api/docs/openai: reasoning is billed as output, and is in `total_tokens` alone. */
function hiddenReasoning(
  { inputTokens, outputTokens, reasoningTokens }: Usage,
  details: UsageDetails | null,
  { hidesReasoning }: CountedUnits,
): number {
  const total = details?.totalTokens ?? null
  if (!hidesReasoning || total === null || (reasoningTokens ?? 0) > 0) return 0
  return Math.max(0, total - (inputTokens ?? 0) - (outputTokens ?? 0))
}
