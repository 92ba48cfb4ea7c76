// Call records as a busy gateway writes them, the same for the same seed: 1,000 keys of which few do most of the calls, 20
// models of which each key uses three, times spread evenly.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { CallRecord, Outcome } from '@latchkey/server/domain/logs/call-record.ts'
import { seededRandom } from '../support/run/seeded-random.ts'

export const KEYS = 1_000
const MODELS = 20

/** `count` records that began evenly between two instants, oldest first. */
export function* syntheticCalls(
  count: number,
  fromMs: number,
  toMs: number,
  seed = 1,
): Generator<CallRecord> {
  const random = seededRandom(seed)
  for (let n = 0; n < count; n++) {
    const apiKeyId = 1 + Math.floor(KEYS * random() ** 3)
    const model = `model-${(apiKeyId * 7 + Math.floor(3 * random())) % MODELS}`
    const streamed = random() < 0.6
    const luck = random()
    const outcome: Outcome =
      luck < 0.95 ? 'SUCCESS' : luck < 0.97 ? 'ERROR' : luck < 0.99 ? 'CANCELLED' : 'DENIED'
    const durationMs = Math.round(200 * Math.exp(3 * random()))
    yield aCallRecord({
      id: requestIdAt(fromMs + ((toMs - fromMs) * n) / count, n, random),
      apiKeyId,
      endpoint: random() < 0.9 ? '/v1/chat/completions' : '/v1/embeddings',
      outcome,
      httpStatus: outcome === 'SUCCESS' ? 200 : outcome === 'DENIED' ? 403 : 500,
      errorCode: outcome === 'SUCCESS' ? null : 'upstream_500',
      errorMessage: outcome === 'SUCCESS' ? null : 'The server had an error while processing your request.',
      upstream: `upstream-${apiKeyId % 3}`,
      upstreamRequestId: `chatcmpl-${Math.floor(random() * 2 ** 32).toString(36)}`,
      requestedModel: model,
      resolvedModel: model,
      streamed,
      inputTokens: Math.floor(random() * 4_000),
      outputTokens: Math.floor(random() * 1_000),
      cachedInputTokens: Math.floor(random() * 2_000),
      reasoningTokens: 0,
      durationMs,
      timeToFirstTokenMs: streamed ? Math.round(durationMs / 4) : null,
      requestBytes: 2_000 + Math.floor(random() * 10_000),
      responseBytes: 1_000 + Math.floor(random() * 20_000),
      clientIp: `10.0.${apiKeyId % 256}.${Math.floor(random() * 256)}`,
      userAgent: 'OpenAI/Python 2.8.0',
    })
  }
}

/** A UUIDv7 of an instant; `n` keeps ids of one millisecond in order. */
function requestIdAt(timeMs: number, n: number, random: () => number): string {
  const time = Math.floor(timeMs).toString(16).padStart(12, '0')
  const order = (n % 0x1000).toString(16).padStart(3, '0')
  const randomDigits = () =>
    Math.floor(random() * 2 ** 28)
      .toString(16)
      .padStart(7, '0')
  return `req_${time}7${order}8${randomDigits()}${randomDigits()}0`
}
