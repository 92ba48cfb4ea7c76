// The endpoints that the gateway serves itself, without an upstream request of the call: the model list, and what an API key may
// know of itself.
import type { Endpoint } from '../../../domain/endpoints/endpoints.ts'
import { modelIdIn } from '../../../domain/endpoints/find-endpoint.ts'
import type { CallError } from '../../../domain/errors.ts'
import { unknownModel } from '../../../domain/models/unknown-model.ts'
import { requestWithoutModel } from '../../../domain/policy/judge-call.ts'
import type { Verdict } from '../../../domain/policy/verdict.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import type { GovernedKey } from '../../admission/admission.ts'
import { evaluateRules, refusedModel } from '../../admission/apply-rules.ts'
import type { Gateway } from '../../gateway.ts'
import type { KnownKey } from '../../identity/key-directory.ts'
import { respondWithJson } from '../../response/respond-with-json.ts'
import type { Call } from '../call.ts'
import { refuse } from '../refuse.ts'
import type { Body } from './body.ts'
import { keyInfo } from './key-info.ts'
import { keyLogs } from './key-logs.ts'
import { rotateKey } from './rotate-key.ts'

/** On a list of models: the upstreams that did not respond, of which the last known models are listed. */
const STALE_HEADER = 'x-latchkey-stale-upstreams'

/**
 * Evaluates the key's rules without counting the call in any limit, so that a key whose limits are exhausted can still be
 * inspected. Rejects only on an internal error.
 */
export async function serveOwnEndpoint(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint,
  key: KnownKey,
): Promise<void> {
  const rules =
    key.governed === null
      ? []
      : await evaluateRules(gateway, call, key.governed, requestWithoutModel(exchange))
  if ('httpStatus' in rules) return refuse(call, exchange, rules)
  const response = await bodyOf(gateway, call, exchange, endpoint, key, rules)
  if (response === null) return call.finish('CANCELLED')
  if ('httpStatus' in response) return refuse(call, exchange, response)
  call.note({ upstream: null })
  respondWithJson(call, exchange, response.body)
}

/** Null: the client has disconnected. */
async function bodyOf(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  { served }: Endpoint,
  key: KnownKey,
  rules: Verdict[],
): Promise<Body | CallError | null> {
  switch (served) {
    case 'KEY_INFO':
      return keyInfo(gateway, key, exchange, rules)
    case 'KEY_LOGS':
      return keyLogs(gateway, key, exchange.query)
    case 'KEY_ROTATION':
      return rotateKey(gateway, call, exchange, key)
    default:
      return modelsFor(gateway, call, exchange, modelIdIn(exchange.path), key.governed)
  }
}

/**
 * The models that the key may call; with `id`, that one alone. A header names the upstreams whose part is not up to date.
 */
async function modelsFor(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  id: string | null,
  key: GovernedKey | null,
): Promise<Body | CallError> {
  if (id !== null && refusedModel(key, exchange, id) !== null) return unknownModel(id)
  const listing = await gateway.models.list()
  // One model may be served although no upstream lists any.
  if ('httpStatus' in listing) return id === null ? listing : findModel(gateway, id)
  const { models, staleUpstreams } = listing
  const found = id === null ? null : models.find((model) => model.id === id)
  if (id !== null && found === undefined) return findModel(gateway, id)
  if (staleUpstreams.length > 0)
    call.responseHeaders = { ...call.responseHeaders, [STALE_HEADER]: staleUpstreams.join(', ') }
  if (found) return { body: found }
  const data =
    key === null ? models : models.filter((model) => refusedModel(key, exchange, model.id) === null)
  return { body: { object: 'list', data } }
}

async function findModel(gateway: Gateway, id: string): Promise<Body | CallError> {
  const found = await gateway.models.find(id)
  return 'model' in found ? { body: found.model } : found
}
