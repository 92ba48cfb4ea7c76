// The endpoints that the gateway serves itself, without an upstream request of the call: the model list and the key info.
import type { Endpoint } from '../../domain/endpoints.ts'
import { modelIdIn } from '../../domain/find-endpoint.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import { requestWithoutModel } from '../../domain/policy/judge-call.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { evaluateRules, refusedModel } from '../admission/apply-rules.ts'
import type { Gateway } from '../gateway.ts'
import { sentCredential } from '../identity/credential.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import type { Call } from './call.ts'
import { keyInfo } from './key-info.ts'
import { refuse } from './refuse.ts'

/**
 * Evaluates the key's rules without counting the call in any limit, so that a key whose limits are exhausted can still be
 * inspected. Rejects only by a mistake of the gateway.
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
  const response =
    endpoint.served === 'KEY_INFO'
      ? await keyInfo(gateway, key, sentCredential(exchange.headers), rules)
      : await modelsFor(gateway, exchange, modelIdIn(exchange.path), key.governed)
  if ('httpStatus' in response) return refuse(call, exchange, response)
  const bytes = Buffer.from(JSON.stringify(response))
  call.note({ httpStatus: 200, upstream: null })
  call.countResponseBytes(bytes.length)
  call.finish('SUCCESS', () => {
    exchange.sendHead(200, {
      ...call.responseHeaders,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(bytes.length),
      'openai-processing-ms': String(Math.round(call.elapsedMs())),
      'x-request-id': call.id,
    })
    exchange.end(bytes)
  })
}

/** The models that the key may call; with `id`, that one alone. */
async function modelsFor(gateway: Gateway, exchange: Exchange, id: string | null, key: GovernedKey | null) {
  const all = await gateway.models.list()
  const models = key === null ? all : all.filter((model) => refusedModel(key, exchange, model.id) === null)
  if (id === null) return { object: 'list', data: models }
  return models.find((model) => model.id === id) ?? unknownModel(id)
}
