// Estimates the token usage of calls whose upstream told none, with the tokenizer of OpenAI's newest models. An estimate,
// and marked as one: other models cut text otherwise, and images and files are not counted.
import { Worker } from 'node:worker_threads'
import type { Usage } from '../../../domain/logs/call-record.ts'
import type { GatewayLimits } from '../../gateway.ts'
import type { UnmeteredCall } from './prompt-text.ts'

export type EstimateRequest = { id: number; call: UnmeteredCall }
export type EstimateReply = { id: number; inputTokens: number | null; outputTokens: number | null }

export type Estimator = {
  /** The estimate, or null where there is none in time. Never rejects. */
  estimate(call: UnmeteredCall): Promise<Usage | null>
  close(): Promise<void>
}

// Calls that may wait at once; beyond it an estimate would come too late anyway.
const WAITING_MAX = 200

/** An estimator whose thread starts with the first call that needs it. */
export function createEstimator({
  estimateMs,
  firstEstimateMs,
}: Pick<GatewayLimits, 'estimateMs' | 'firstEstimateMs'>): Estimator {
  const waiting = new Map<number, (response: EstimateReply | null) => void>()
  let worker: Worker | null = null
  let lastId = 0
  let loaded = false

  function started(): Worker {
    if (worker !== null) return worker
    const made = new Worker(new URL('./estimate-worker.ts', import.meta.url))
    made.unref()
    made.on('message', (response: EstimateReply) => {
      loaded = true
      waiting.get(response.id)?.(response)
    })
    // The next call starts another; those that wait go without.
    const ended = () => {
      if (worker === made) worker = null
      loaded = false
      for (const response of waiting.values()) response(null)
    }
    made.on('error', ended)
    made.on('exit', ended)
    worker = made
    return made
  }

  return {
    async estimate(call) {
      if (waiting.size >= WAITING_MAX) return null
      const id = ++lastId
      const response = await new Promise<EstimateReply | null>((resolve) => {
        const late = setTimeout(resolve, loaded ? estimateMs : firstEstimateMs, null)
        waiting.set(id, (found) => {
          clearTimeout(late)
          resolve(found)
        })
        started().postMessage({ id, call } satisfies EstimateRequest)
      })
      waiting.delete(id)
      if (response === null || response.inputTokens === null) return null
      return {
        inputTokens: response.inputTokens,
        outputTokens: response.outputTokens,
        cachedInputTokens: null,
        reasoningTokens: null,
      }
    },
    async close() {
      await worker?.terminate()
    },
  }
}
