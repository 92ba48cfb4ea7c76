// The thread that counts tokens, so that a long text stalls no call.
import { parentPort } from 'node:worker_threads'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import type { EstimateReply, EstimateRequest } from './estimator.ts'
import { textGiven, textWritten } from './prompt-text.ts'

// Text that spells a special token is text like any other.
const AS_TEXT = { disallowedSpecial: new Set<string>() }

parentPort?.on('message', ({ id, call }: EstimateRequest) => {
  let response: EstimateReply
  try {
    const written = textWritten(call.response, call.isEventStream)
    // An answer in which nothing written is found may be of a form that is not known here: no ground to say 0.
    response = {
      id,
      inputTokens: written === '' ? null : countTokens(textGiven(call.request), AS_TEXT),
      outputTokens: written === '' ? null : countTokens(written, AS_TEXT),
    }
  } catch {
    response = { id, inputTokens: null, outputTokens: null }
  }
  parentPort?.postMessage(response)
})
