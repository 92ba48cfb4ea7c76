// How much a call may use at most, as far as that can be known before it is made.

/** For models whose maximum of output tokens is not known, where the request sets no bound either. */
export const UNKNOWN_OUTPUT_TOKENS = 4_096
const CHOICES_MAX = 128
// Beyond any context window there is; larger numbers in a request are errors or attacks, and must stay exact when added.
const TOKENS_MAX = 1_000_000_000

/**
 * What bounds the output of a completion, a chat completion or a response. The last three are of servers that run models themselves, of
 * which some go by them whatever the others say: https://github.com/ggml-org/llama.cpp/tree/master/tools/server (`n_predict`),
 * https://docs.sglang.ai/basic_usage/sampling_params.html (`max_new_tokens`).
 */
export const OUTPUT_BOUNDS = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'max_new_tokens',
  'n_predict',
  'num_predict',
] as const
/** How many responses a request is to have; the last is of llama.cpp, which goes by it before `n`. */
export const CHOICES = ['n', 'best_of', 'n_cmpl'] as const

/** What a request says of its own size; null where it says nothing. */
export type OutputBounds = {
  /**
   * Of several OUTPUT_BOUNDS the largest, or one below 1. That is no bound: to some that run models themselves, -1 and 0 are for
   * ever (Ollama's `num_predict`, llama.cpp's `n_predict`).
   */
  maxOutputTokens: number | null
  /** Of several CHOICES the largest. */
  choices: number | null
  /** Of a completion; each gets its own choices. */
  prompts: number
  /** The model's own maximum for one response. */
  modelMaxOutputTokens: number | null
}

/** The most tokens that the response has. Exact where the request bounds it, an assumption otherwise. */
export function outputTokensAtMost(bounds: OutputBounds): number {
  const { maxOutputTokens, choices, prompts, modelMaxOutputTokens } = bounds
  const requested = maxOutputTokens !== null && maxOutputTokens <= 0 ? null : maxOutputTokens
  const one = requested ?? modelMaxOutputTokens ?? UNKNOWN_OUTPUT_TOKENS
  // A model does not exceed its maximum, whatever is requested.
  const capped = modelMaxOutputTokens === null ? one : Math.min(one, modelMaxOutputTokens)
  const responses = Math.max(1, bounded(choices ?? 1, CHOICES_MAX)) * bounded(prompts, TOKENS_MAX)
  return Math.min(TOKENS_MAX, bounded(capped, TOKENS_MAX) * responses)
}

/** A whole number from 0 to `max`; anything that is no number counts as the most that there could be. */
function bounded(value: number, max: number): number {
  return Number.isNaN(value) ? max : Math.ceil(Math.min(max, Math.max(0, value)))
}
