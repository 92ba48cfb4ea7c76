// The candidate routes of a WebSocket, and what may be refused before any upstream hears of it.
import { REALTIME_PATH, type WebSocketEndpoint } from '../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import { OBJECT_ID_MAX_CHARS, objectsInPath } from '../../domain/objects/object-endpoints.ts'
import type { ObjectReference } from '../../domain/objects/object-references.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { Gateway } from '../gateway.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import {
  candidatesWithObjects,
  type ObjectRoute,
  routeOfObjects,
  sharesObjects,
} from '../objects/named-objects.ts'
import type { CandidateRoutes } from '../routing/route-table.ts'

/** Whether the same is served over HTTP, which clients fall back to: its calls are the messages of the WebSocket. */
export function hasHttp({ dialect }: WebSocketEndpoint): boolean {
  return dialect !== null
}

/** The model that the URL names, null where none does. */
export function modelInQuery({ query }: Pick<Exchange, 'query'>): string | null {
  return new URLSearchParams(query).get('model') || null
}

/**
 * The candidate routes of the model in the URL; where messages name the model, of no model; those that have what the URL joins, if
 * that is known.
 */
export function sessionRoutes(
  { routes }: Pick<Gateway, 'routes'>,
  exchange: Exchange,
  endpoint: WebSocketEndpoint,
  joined: ObjectRoute,
): CandidateRoutes | CallError {
  const model = modelInQuery(exchange)
  const fromMessages = endpoint.modelIn === 'MESSAGES'
  if (model === null && !fromMessages && !namesModelLater(exchange, endpoint))
    return callError('model_required', {
      param: 'model',
      message: `You must name a model in the URL, such as ${REALTIME_PATH}?model=auto.`,
    })
  const found = joined !== null && model === null ? routes.objectRoutes : routes.resolveRoutes(model)
  const candidates = found === null || joined === null ? found : candidatesWithObjects(found, joined)
  // The built-in echo has no address, and is never a candidate beside another.
  if (candidates?.first.upstream.baseUrl.startsWith('http')) return candidates
  return fromMessages ? noWebSocketUpstream(exchange.path) : unknownModel(model ?? '')
}

/** What the URL of a WebSocket joins: a call or a session that was made before. The key must be that of its owner. */
function joined({ path, query }: Exchange, endpoint: WebSocketEndpoint): ObjectReference[] {
  const call = query === '' ? null : new URLSearchParams(query).get('call_id')
  const inPath = objectsInPath(endpoint, path).map((id) => ({ id, param: 'id', isRequired: true }))
  return call === null || call === '' || call.length > OBJECT_ID_MAX_CHARS
    ? inPath
    : [...inPath, { id: call, param: 'call_id', isRequired: true }]
}

/** The route of what the URL joins; null: it joins nothing that is known. The error of what is another key's. */
export async function joinedRoute(
  { objects }: Pick<Gateway, 'objects'>,
  exchange: Exchange,
  endpoint: WebSocketEndpoint,
  { id, governed }: KnownKey,
): Promise<ObjectRoute | CallError> {
  const references = joined(exchange, endpoint)
  return references.length === 0 ? null : routeOfObjects(objects, references, id, sharesObjects(governed))
}

/** A transcription session names its model later; a call that is joined by its id has named it already. */
function namesModelLater({ query }: Exchange, { modelOptional }: WebSocketEndpoint): boolean {
  if (!modelOptional) return false
  const parameters = new URLSearchParams(query)
  return parameters.has('intent') || parameters.has('call_id')
}

/** Why a key with these rules may not open it; null: it may. */
export function unjudgeable(key: GovernedKey | null, endpoint: WebSocketEndpoint): CallError | null {
  // The messages of the Responses API are judged one by one.
  if (endpoint.modelIn !== 'MESSAGES' || hasHttp(endpoint) || key?.policy == null) return null
  const { fixed, counted } = key.policy
  const judgesUse =
    fixed.some(({ rule, mode }) => rule === 'MODEL' && mode === 'ENFORCE') ||
    counted.some(({ rule, mode, model }) => mode === 'ENFORCE' && (rule !== 'REQUESTS' || model !== null))
  return judgesUse
    ? callError('websocket_not_supported', {
        message:
          'This API key has rules about models, tokens or money, which this gateway cannot apply to the messages of this WebSocket.',
      })
    : null
}

/** The 426 of a path at which the gateway opens no WebSocket. */
export function noWebSocket(path: string): CallError {
  return callError('websocket_not_supported', {
    message: `There is no WebSocket at ${path.slice(0, 200)}. Send the call over HTTP.`,
  })
}

/** The 426 of a WebSocket that no upstream opens. */
export function noWebSocketUpstream(path: string): CallError {
  return callError('websocket_not_supported', {
    message: `No upstream of this gateway opens a WebSocket at ${path.slice(0, 200)}. Send the call over HTTP.`,
  })
}
