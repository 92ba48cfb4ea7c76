// A pass-through call, to an object that an upstream stores or makes: it goes to the upstream and the credential that have what
// it names, and what it makes is bound to its key. Bodies are streamed, but for JSON, which may name other objects.
import { Transform } from 'node:stream'
import type { Endpoint } from '../../domain/endpoints/endpoints.ts'
import { leavesModelToUpstream } from '../../domain/endpoints/find-endpoint.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import {
  holdsObjects,
  listsObjects,
  namesObjectsInBody,
  objectsInPath,
} from '../../domain/objects/object-endpoints.ts'
import { type ObjectReference, referencesInQuery } from '../../domain/objects/object-references.ts'
import { requestBeforeBody } from '../../domain/policy/judge-call.ts'
import { renamedSession, sessionModels } from '../../domain/policy/session-models.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules } from '../admission/apply-rules.ts'
import { readHeldBody } from '../admission/held-body.ts'
import { forward } from '../attempt/forward.ts'
import { type OutboundRequest, unmeteredCall } from '../attempt/outbound-call.ts'
import type { Gateway } from '../gateway.ts'
import { FormNames, formNamesObject } from '../objects/form-names.ts'
import {
  candidatesWithObjects,
  hasTooManyValues,
  misspelledIn,
  namingJson,
  type ObjectRoute,
  referencesIn,
  routeOfObjects,
  sharesObjects,
} from '../objects/named-objects.ts'
import { ObjectBinder } from '../objects/object-binder.ts'
import { isBoundRoute } from '../objects/object-bindings.ts'
import { serveObjectList } from '../objects/object-list.ts'
import { LATER_WORK } from '../pricing/billable-units.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { candidatesFor, openCandidates } from '../routing/resolve-routes.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import type { Call } from './call.ts'
import { refuse } from './refuse.ts'
import { isJsonType } from './request-body.ts'
import { tooLarge } from './request-limits.ts'
import { namesAtUpstream } from './sessions/upstream-names.ts'

/** Admits the call and forwards it. Rejects only on an internal error. */
export async function startPassThroughCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint,
  key: GovernedKey | null,
): Promise<void> {
  const limit = gateway.limits.uploadBytes
  if ((exchange.bodyBytes ?? 0) > limit) return refuse(call, exchange, tooLarge(limit))
  if (key !== null) {
    const refusal = await applyRules(gateway, call, key, requestBeforeBody(exchange, exchange.method))
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  call.capture?.noteRequest(exchange.headers['content-type'], null)
  const isShared = sharesObjects(key) || !holdsObjects(endpoint)
  const isList = listsObjects(endpoint, exchange.method)
  const inPath = holdsObjects(endpoint) ? objectsInPath(endpoint, exchange.path) : []
  const mayName = namesObjectsInBody(endpoint) && hasBody(exchange)
  if (mayName && !isShared && !isReadable(exchange))
    return refuse(call, exchange, callError('unsupported_media_type'))
  const isRead = mayName && isJsonType(exchange.headers['content-type'])
  const body = isRead ? await readJson(gateway, call, exchange, isShared) : null
  if (body === 'disconnected') return call.finish('CANCELLED')
  if (body !== null && 'httpStatus' in body) return refuse(call, exchange, body)
  const references = [
    ...inPath.map(referenceInPath),
    ...referencesInQuery(exchange.query, isList),
    ...(body?.references ?? []),
  ]
  const objects =
    references.length === 0
      ? null
      : await routeOfObjects(gateway.objects, references, call.apiKeyId, isShared)
  if (objects !== null && 'httpStatus' in objects) return refuse(call, exchange, objects)
  if (call.finished) return
  if (isList && (!isShared || gateway.routes.objectRoutes.others.length > 0))
    return serveObjectList(gateway, call, exchange, objects, isShared)
  const candidates = candidatesOf(gateway, objects, references.length > 0)
  // An admin may have aborted it meanwhile.
  if (call.finished) return
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  if (objects !== null && isBoundRoute(candidates.first.upstream, objects)) call.noteAffinity('OBJECT')
  const source = isRead ? null : exchange.bodyStream()
  const counter =
    source === null ? null : new StreamedBody(call, limit, mayName && !isShared ? new FormNames() : null)
  const isRepeatable = counter === null && (exchange.method !== 'POST' || references.length > 0)
  const outbound = unmeteredCall({
    route: candidates.first,
    // A streamed body can be sent only once, and what is made where nothing is named must not be made twice.
    others: isRepeatable ? candidates.others : [],
    repeatable: isRepeatable,
    body: source === null || counter === null ? null : source.pipe(counter),
    bodyBytes: exchange.bodyBytes,
    units: leavesModelToUpstream(exchange.method, exchange.path) ? LATER_WORK : null,
    isContent: exchange.path.endsWith('/content'),
    binder: binderOf(gateway, call, exchange, endpoint, inPath),
    ownFault: () => counter?.fault ?? null,
  })
  if (body === null) return forward(gateway, call, exchange, outbound)
  const requestFor = (route: Route) => requestWithNames(gateway, endpoint, body, route)
  forward(gateway, call, exchange, { ...outbound, ...requestFor(candidates.first), requestFor })
}

/** An object within another is the other's, whose key is asked for. */
function referenceInPath(id: string, at: number): ObjectReference {
  return { id, param: 'id', isRequired: at === 0 }
}

/** `isNamed`: an object is named of which nothing is known, so that each upstream is asked for it. */
function candidatesOf(gateway: Gateway, objects: ObjectRoute, isNamed: boolean): CandidateRoutes | CallError {
  const { objectRoutes } = gateway.routes
  if (objects !== null)
    return openCandidates(gateway, candidatesWithObjects(objectRoutes, objects), null, null)
  if (isNamed) return openCandidates(gateway, objectRoutes, null, null)
  return candidatesFor(gateway, null, null) ?? callError('unknown_url')
}

/** Null where the response says nothing of what the call has made: downloads, lists. */
function binderOf(
  { objects }: Gateway,
  { apiKeyId }: Call,
  { method }: Exchange,
  endpoint: Endpoint,
  inPath: readonly string[],
): ObjectBinder | null {
  if (apiKeyId === null || !holdsObjects(endpoint)) return null
  const isObject = endpoint.path.endsWith('{id}')
  if (method !== 'POST' && !isObject) return null
  const [deletes = null] = method === 'DELETE' && inPath.length === 1 ? inPath : []
  if (method === 'DELETE' && deletes === null) return null
  return new ObjectBinder(objects, apiKeyId, { isStored: true, isDurable: true, deletes })
}

type JsonBody = { bytes: Buffer; json: unknown; references: readonly ObjectReference[] }

/** The request with the names that its models have at the upstream, as of a run or of a phone call that is accepted. */
function requestWithNames(
  { routes }: Gateway,
  { modelIn }: Endpoint,
  { bytes, json }: JsonBody,
  route: Route,
): OutboundRequest {
  const models = modelIn === 'UPSTREAM' ? (sessionModels(json, false) ?? []) : []
  const names = namesAtUpstream(routes, route.upstream, models)
  const isSame = models.every((model) => names.get(model) === model)
  const body = isSame ? bytes : Buffer.from(JSON.stringify(renamedSession(json, names)))
  return { route, body, bodyBytes: body.length }
}

/** Null where there is no body. */
async function readJson(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  isShared: boolean,
): Promise<JsonBody | CallError | 'disconnected' | null> {
  const bytes = await readHeldBody(gateway, call, exchange, gateway.limits.jsonBodyBytes)
  if (bytes === 'disconnected' || 'httpStatus' in bytes) return bytes
  if (bytes.length === 0) return null
  const json = namingJson(bytes)
  if (hasTooManyValues(json)) return json
  // What cannot be read may name an object all the same, to an upstream that is less strict.
  if (json === undefined && !isShared) return callError('invalid_json')
  const misspelled = isShared ? null : misspelledIn(json)
  if (misspelled !== null) return misspelled
  const references = referencesIn(json) ?? []
  if ('httpStatus' in references) return references
  // Rewritten, so that a member that stood twice stands once, as it was judged.
  return { bytes: isShared ? bytes : Buffer.from(JSON.stringify(json)), json, references }
}

/** Whether the gateway can tell which objects a body names, if any: a form, a session description (RFC 8866), JSON. */
function isReadable({ headers: { 'content-type': type } }: Exchange): boolean {
  return isJsonType(type) || /^(multipart\/form-data|application\/sdp)\s*(;|$)/i.test(type ?? '')
}

function hasBody({ method, bodyBytes, headers }: Exchange): boolean {
  return (
    method === 'POST' && (bodyBytes === null ? headers['transfer-encoding'] !== undefined : bodyBytes > 0)
  )
}

/** Passes every byte on, counts it, and breaks off where there are too many, or a form names an object. */
class StreamedBody extends Transform {
  readonly #call: Call
  readonly #maxBytes: number
  readonly #names: FormNames | null
  #bytes = 0
  /** Why the gateway itself aborted the request body; null: it did not. */
  fault: CallError | null = null

  /** `names` null: the body may name what it will. */
  constructor(call: Call, maxBytes: number, names: FormNames | null) {
    super()
    this.#call = call
    this.#maxBytes = maxBytes
    this.#names = names
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, data?: Buffer) => void) {
    this.#call.countRequestBytes(chunk.length)
    this.#bytes += chunk.length
    const named = this.#names?.nameIn(chunk) ?? null
    if (named === null && this.#bytes <= this.#maxBytes) return done(null, chunk)
    this.fault = named === null ? tooLarge(this.#maxBytes) : formNamesObject(named)
    done(new Error(this.fault.code))
  }
}
