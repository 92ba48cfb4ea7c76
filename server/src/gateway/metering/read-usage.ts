// Reads token usage and the finish reason out of responses, in each dialect of OpenAI's API.
import { isObject } from '../../domain/is-object.ts'
import type { Usage } from '../../domain/logs/call-record.ts'
import type { UsageDetails } from '../../domain/pricing/billable-usage.ts'
import { type BilledFacts, billedFacts, mergeBilled, NOTHING_BILLED } from './read-fees.ts'

/** What a response reported of itself. `usage` is null where it reported none. */
export type ResponseFacts = BilledFacts & {
  usage: Usage | null
  /** Null where it reported no more than `usage` has. */
  details: UsageDetails | null
  /** How many members its `data` has, which are images in a response of that endpoint. */
  items: number | null
  finishReason: string | null
  model: string | null
}

export const NO_FACTS: ResponseFacts = {
  ...NOTHING_BILLED,
  usage: null,
  details: null,
  items: null,
  finishReason: null,
  model: null,
}

/**
 * Usage in the names of chat completions, embeddings (`prompt_tokens` …) or of responses, images and transcriptions
 * (`input_tokens` …): https://platform.openai.com/docs/api-reference. Null where the value is no usage object.
 * Counts that are absent, negative or not whole are null; an explicit 0 stays 0. Input that is counted beside the cache, as
 * Anthropic does, comes back with it, and so does output with the reasoning beside it, as xAI counts.
 */
export function usageFrom(value: unknown): Usage | null {
  if (!isObject(value)) return null
  const inputDetails = inputDetailsOf(value)
  const outputDetails = outputDetailsOf(value)
  const usage = {
    inputTokens: count(value.prompt_tokens ?? value.input_tokens),
    outputTokens: count(value.completion_tokens ?? value.output_tokens),
    cachedInputTokens: count(
      inputDetails?.cached_tokens ?? value.cache_read_input_tokens ?? value.prompt_cache_hit_tokens,
    ),
    cacheWriteInputTokens: cacheWrites(value),
    // At the top: Perplexity and SGLang.
    reasoningTokens: count(outputDetails?.reasoning_tokens ?? value.reasoning_tokens),
  }
  if (usage.inputTokens === null && usage.outputTokens === null) return null
  if (usage.inputTokens !== null && isExclusive(value)) {
    const beside = (usage.cachedInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0)
    usage.inputTokens = Math.min(COUNT_MAX, usage.inputTokens + beside)
  }
  if (usage.outputTokens !== null && usage.reasoningTokens !== null && isBesideOutput(usage, value))
    usage.outputTokens = Math.min(COUNT_MAX, usage.outputTokens + usage.reasoningTokens)
  return usage
}

/**
 * True for output tokens that do not include those of reasoning, as xAI and Perplexity count them: there is more reasoning than output,
 * the total is that of all three, or it has Perplexity's counts (https://docs.perplexity.ai/getting-started/pricing).
 */
function isBesideOutput(usage: Usage, value: Record<string, unknown>): boolean {
  const reasoning = usage.reasoningTokens ?? 0
  const output = usage.outputTokens ?? 0
  if (reasoning === 0) return false
  if (reasoning > output) return true
  const isPerplexity = value.citation_tokens !== undefined || value.num_search_queries !== undefined
  return isPerplexity || count(value.total_tokens) === (usage.inputTokens ?? 0) + output + reasoning
}

/** What the same object reports beyond that and the cost depends on; null where that is nothing. */
export function detailsFrom(value: unknown): UsageDetails | null {
  if (!isObject(value)) return null
  const input = inputDetailsOf(value)
  const output = outputDetailsOf(value)
  const heard = count(input?.audio_tokens)
  const seen = count(input?.image_tokens)
  const reheard = cachedPart(input, 'audio_tokens')
  const reseen = cachedPart(input, 'image_tokens')
  const watched = count(input?.video_tokens)
  const details: UsageDetails = {
    convention: isExclusive(value) ? 'EXCLUSIVE' : 'INCLUSIVE',
    cacheWriteTokens: cacheWrites(value),
    cacheWrite1hTokens: cacheWritesFor(value, '1h'),
    cachedAudioTokens: reheard,
    cachedImageTokens: reseen,
    inputAudioTokens: heard === null ? null : Math.max(0, heard - (reheard ?? 0)),
    inputImageTokens: seen === null ? null : Math.max(0, seen - (reseen ?? 0)),
    inputVideoTokens:
      watched === null ? null : Math.max(0, watched - (cachedPart(input, 'video_tokens') ?? 0)),
    outputAudioTokens: count(output?.audio_tokens),
    outputImageTokens: count(output?.image_tokens),
    outputVideoTokens: count(output?.video_tokens),
    seconds: value.type === 'duration' ? duration(value.seconds) : null,
    totalTokens: count(value.total_tokens),
  }
  const { inputAudioTokens, inputImageTokens, outputAudioTokens, outputImageTokens } = details
  const { cachedAudioTokens, cachedImageTokens, cacheWriteTokens, seconds } = details
  const any =
    cachedAudioTokens ||
    cachedImageTokens ||
    inputAudioTokens ||
    inputImageTokens ||
    outputAudioTokens ||
    outputImageTokens ||
    details.inputVideoTokens ||
    details.outputVideoTokens ||
    cacheWriteTokens ||
    seconds !== null
  return any || details.convention === 'EXCLUSIVE' || isMore(details.totalTokens, value) ? details : null
}

/**
 * True for input tokens that do not include those of the cache:
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching.
 * Proxies add the same two members to OpenAI's `prompt_tokens`, which do.
 */
function isExclusive(value: Record<string, unknown>): boolean {
  const cache = value.cache_read_input_tokens ?? value.cache_creation_input_tokens
  return typeof cache === 'number' && value.prompt_tokens === undefined && inputDetailsOf(value) === null
}

/** True where the total has tokens that are in neither part. */
function isMore(total: number | null, value: Record<string, unknown>): boolean {
  const parts =
    (count(value.prompt_tokens ?? value.input_tokens) ?? 0) +
    (count(value.completion_tokens ?? value.output_tokens) ?? 0)
  return total !== null && total > parts
}

// The third of each is the realtime API's name, and of transcriptions.
function inputDetailsOf(value: Record<string, unknown>): Record<string, unknown> | null {
  const details = value.prompt_tokens_details ?? value.input_tokens_details ?? value.input_token_details
  return isObject(details) ? details : null
}

function outputDetailsOf(value: Record<string, unknown>): Record<string, unknown> | null {
  const details = value.completion_tokens_details ?? value.output_tokens_details ?? value.output_token_details
  return isObject(details) ? details : null
}

/**
 * Input tokens that were written to a cache, in the names of OpenRouter, Anthropic and LiteLLM. Gemini reports none in a response:
 * there a cache is written by a call of its own.
 */
function cacheWrites(value: Record<string, unknown>): number | null {
  const input = inputDetailsOf(value)
  const sum = count(
    input?.cache_write_tokens ?? value.cache_creation_input_tokens ?? input?.cache_creation_tokens,
  )
  if (sum !== null) return sum
  const [short, long] = [cacheWritesFor(value, '5m'), cacheWritesFor(value, '1h')]
  return short === null && long === null ? null : (short ?? 0) + (long ?? 0)
}

/**
 * The part of them that is kept so long, in the names of Anthropic and LiteLLM:
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching#1-hour-cache-duration.
 */
function cacheWritesFor(value: Record<string, unknown>, duration: '5m' | '1h'): number | null {
  const parts = value.cache_creation ?? inputDetailsOf(value)?.cache_creation_token_details
  return isObject(parts) ? count(parts[`ephemeral_${duration}_input_tokens`]) : null
}

/** The part of the audio, the images or the videos that is in the cached tokens already. */
function cachedPart(
  input: Record<string, unknown> | null,
  name: 'audio_tokens' | 'image_tokens' | 'video_tokens',
): number | null {
  const details = input?.cached_tokens_details
  return isObject(details) ? count(details[name]) : null
}

/** Seconds up to a month; a recording is none longer. */
function duration(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= 2_678_400 ? value : null
}

/** The facts in a parsed response, or in one parsed event of a stream. */
export function factsFrom(json: unknown): ResponseFacts {
  if (!isObject(json)) return NO_FACTS
  // A Responses event carries the whole response in `response`.
  const body = isObject(json.response) ? json.response : json
  const reported = reportedUsage(body)
  return {
    usage: usageFrom(reported),
    details: detailsFrom(reported),
    items: Array.isArray(body.data) ? body.data.length : null,
    finishReason: finishReason(body),
    ...billedFacts(body, reported),
    model: typeof body.model === 'string' ? body.model.slice(0, 256) : null,
  }
}

/**
 * The usage object of a response or chunk. Beside OpenAI's place: in a choice (Moonshot:
 * https://platform.moonshot.ai/docs/guide/utilize-the-streaming-output-feature-of-kimi-api) and in `x_groq`
 * (https://console.groq.com/docs/api-reference).
 */
function reportedUsage(body: Record<string, unknown>): unknown {
  const { usage, choices, x_groq: groq } = body
  if (isReported(usage)) return usage
  if (Array.isArray(choices))
    for (const choice of choices) if (isObject(choice) && isReported(choice.usage)) return choice.usage
  return isObject(groq) && isReported(groq.usage) ? groq.usage : null
}

/** Absent, null and empty are one. */
function isReported(usage: unknown): boolean {
  if (!isObject(usage)) return false
  for (const _ in usage) return true
  return false
}

/** The facts after another event: later facts replace earlier ones, absent ones replace nothing. */
export function mergeFacts(before: ResponseFacts, after: ResponseFacts): ResponseFacts {
  const reportedUsage = after.usage !== null || after.details !== null
  return {
    ...mergeBilled(before, after),
    usage: after.usage ?? before.usage,
    details: reportedUsage ? after.details : before.details,
    items: after.items ?? before.items,
    finishReason: after.finishReason ?? before.finishReason,
    model: after.model ?? before.model,
  }
}

function finishReason(body: Record<string, unknown>): string | null {
  if (Array.isArray(body.choices)) {
    for (const choice of body.choices) {
      if (isObject(choice) && typeof choice.finish_reason === 'string')
        return choice.finish_reason.slice(0, 64)
    }
    return null
  }
  // The Responses API has a status instead, and a reason where a response is incomplete.
  if (body.object !== 'response' || typeof body.status !== 'string') return null
  const details = body.incomplete_details
  const reason = isObject(details) && typeof details.reason === 'string' ? details.reason : body.status
  return reason === 'in_progress' || reason === 'queued' ? null : reason.slice(0, 64)
}

// The column is a 32-bit integer; a count beyond it is an error of the upstream.
const COUNT_MAX = 2 ** 31 - 1

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= COUNT_MAX
    ? value
    : null
}
