// Binds the client secrets that a response says were made to the API key of its call, and to the route that made them.
import type { Endpoint } from '../../domain/endpoints/endpoints.ts'
import { WIRE_ROOT } from '../../domain/endpoints/endpoints.ts'
import { clientSecretHashHex, madeSecrets } from '../../domain/keys/client-secret.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import type { Gateway } from '../gateway.ts'
import { sentCredential } from '../identity/credential.ts'
import { sentHashHex } from '../identity/identify.ts'
import { boundRoute } from '../objects/object-bindings.ts'
import type { Route } from '../routing/route-table.ts'
import type { BoundSecret } from './client-secrets.ts'
import { watchedExchange } from './secret-response.ts'

// A session names one model to speak with, and one or two to transcribe.
const MODELS_MAX = 8

/** The exchange of a call of this endpoint; `models`: those that the request names, the one that the session speaks with first. */
export function bindingExchange(
  gateway: Pick<Gateway, 'clientSecrets' | 'clock'>,
  exchange: Exchange,
  { secretOpens }: Endpoint,
  apiKeyId: number,
  { upstream, model: upstreamModel }: Route,
  models: readonly string[],
): Exchange {
  const keyHashHex = sentHashHex(sentCredential(exchange.headers) ?? '')
  if (secretOpens.length === 0 || keyHashHex === null) return exchange
  const common = {
    apiKeyId,
    keyHashHex,
    route: boundRoute(upstream),
    opens: secretOpens.map((path) => `${WIRE_ROOT}/${path}`),
    models: models.slice(0, MODELS_MAX),
    upstreamModel,
  }
  return watchedExchange(exchange, (body) => {
    const made = madeSecrets(parsedJson(body.toString('utf8')), gateway.clock())
    const binding = made.map(({ value, expiresAtMs, model }) => {
      const hashHex = clientSecretHashHex(value)
      const bound: BoundSecret = { ...common, reportedModel: model, expiresAtMs }
      return hashHex === null ? null : gateway.clientSecrets.bind(hashHex, bound)
    })
    return binding.some((one) => one !== null) ? Promise.all(binding) : null
  })
}
