// Reads token usage and the finish reason out of OpenAI's answers, in each of its dialects.
import type { Usage } from '../domain/call-record.ts'

/** What an answer told of itself. `usage` is null where it told nothing. */
export type AnswerFacts = { usage: Usage | null; finishReason: string | null; model: string | null }

export const NO_FACTS: AnswerFacts = { usage: null, finishReason: null, model: null }

/**
 * Usage in the names of chat completions, embeddings (`prompt_tokens` …) or of responses, images and transcriptions
 * (`input_tokens` …): https://platform.openai.com/docs/api-reference. Null where the value is no usage object.
 * Counts that are absent, negative or not whole are null; an explicit 0 stays 0.
 */
export function usageFrom(value: unknown): Usage | null {
  if (!isObject(value)) return null
  // The third of each is the realtime API's name, and of transcriptions.
  const inputDetails = value.prompt_tokens_details ?? value.input_tokens_details ?? value.input_token_details
  const outputDetails =
    value.completion_tokens_details ?? value.output_tokens_details ?? value.output_token_details
  const usage = {
    inputTokens: count(value.prompt_tokens ?? value.input_tokens),
    outputTokens: count(value.completion_tokens ?? value.output_tokens),
    cachedInputTokens: isObject(inputDetails) ? count(inputDetails.cached_tokens) : null,
    reasoningTokens: isObject(outputDetails) ? count(outputDetails.reasoning_tokens) : null,
  }
  return usage.inputTokens === null && usage.outputTokens === null ? null : usage
}

/** The facts in a parsed answer, or in one parsed event of a stream. */
export function factsFrom(answer: unknown): AnswerFacts {
  if (!isObject(answer)) return NO_FACTS
  // A Responses event carries the whole response in `response`.
  const body = isObject(answer.response) ? answer.response : answer
  return {
    usage: usageFrom(body.usage),
    finishReason: finishReason(body),
    model: typeof body.model === 'string' ? body.model.slice(0, 256) : null,
  }
}

/** What is known after hearing more: later facts replace earlier ones, silence replaces nothing. */
export function mergeFacts(before: AnswerFacts, after: AnswerFacts): AnswerFacts {
  return {
    usage: after.usage ?? before.usage,
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
  // Responses have a status instead, and a reason where they are incomplete.
  if (body.object !== 'response' || typeof body.status !== 'string') return null
  const details = body.incomplete_details
  const reason = isObject(details) && typeof details.reason === 'string' ? details.reason : body.status
  return reason === 'in_progress' || reason === 'queued' ? null : reason.slice(0, 64)
}

// The column is a 32-bit integer; a count beyond it is a mistake of the upstream, not a call.
const COUNT_MAX = 2 ** 31 - 1

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= COUNT_MAX
    ? value
    : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
