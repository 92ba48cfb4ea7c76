// The key logs endpoint: the request logs of the API key that is sent, by page, newest first.
import type { CallError } from '../../../domain/errors.ts'
import { OWN_KEY_MAX, OWN_LOGS_DEFAULT, type OwnLog } from '../../../domain/keys/own-key.ts'
import { OUTCOMES } from '../../../domain/logs/call-record.ts'
import { ruleOfDenial } from '../../../domain/policy/denial.ts'
import { isRequestId, requestIdTimeMs } from '../../../domain/uuid.ts'
import type { Gateway } from '../../gateway.ts'
import type { KnownKey } from '../../identity/key-directory.ts'
import { type Body, instant, usd } from './body.ts'
import { invalid, readParameters, readWhole } from './own-query.ts'
import { ask, unexpected } from './own-reply.ts'

/** GET /v1/key/logs?limit=20&after=req_…&outcome=denied → a list as OpenAI's are. */
export async function keyLogs(gateway: Gateway, key: KnownKey, query: string): Promise<Body | CallError> {
  const parameters = readParameters(query, ['limit', 'after', 'outcome'])
  if ('httpStatus' in parameters) return parameters
  const limit = readWhole(parameters, 'limit', { min: 1, max: OWN_KEY_MAX.logs, absent: OWN_LOGS_DEFAULT })
  if (typeof limit === 'object') return limit
  const after = parameters.get('after') ?? null
  if (after !== null && !isRequestId(after))
    return invalid('after', 'Invalid after: it must be the `last_id` of a page.')
  const sent = parameters.get('outcome') ?? null
  const outcome = OUTCOMES.find((name) => name.toLowerCase() === sent) ?? null
  if (sent !== null && outcome === null)
    return invalid('outcome', `Invalid outcome: it must be one of ${OUTCOMES.join(', ').toLowerCase()}.`)
  const reply = await ask(gateway, { ask: 'LOGS', keyId: key.id, limit, after, outcome })
  if ('httpStatus' in reply) return reply
  if (!('page' in reply)) return unexpected()
  const { logs, next } = reply.page
  return {
    body: {
      object: 'list',
      data: logs.map(logBody),
      first_id: logs[0]?.id ?? null,
      /** Where the next page begins, also where this one is empty because a search has read enough. */
      last_id: next ?? logs.at(-1)?.id ?? null,
      has_more: next !== null,
    },
  }
}

/** A request log on the wire. */
export function logBody(log: OwnLog) {
  return {
    object: 'key.log',
    id: log.id,
    created_at: instant(requestIdTimeMs(log.id)),
    method: log.method,
    endpoint: log.endpoint,
    model: log.model,
    outcome: log.outcome.toLowerCase(),
    status: log.httpStatus,
    error_code: log.errorCode,
    /** The rule that denied the call. */
    rule: log.outcome === 'DENIED' ? (ruleOfDenial(log.errorCode)?.toLowerCase() ?? null) : null,
    input_tokens: log.inputTokens,
    output_tokens: log.outputTokens,
    cached_input_tokens: log.cachedInputTokens,
    reasoning_tokens: log.reasoningTokens,
    cost_usd: usd(log.costNanoUsd),
    duration_ms: log.durationMs,
    time_to_first_token_ms: log.timeToFirstTokenMs,
    streamed: log.streamed,
    client_ip: log.clientIp,
  }
}
