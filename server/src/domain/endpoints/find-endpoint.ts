// Looks a request up in the endpoint table. Paths are in their normal form (wire-path.ts), start with `/v1` and have no query.
import { ENDPOINTS, type Endpoint, type WebSocketEndpoint, WIRE_ROOT } from './endpoints.ts'

/** A path that is no endpoint, one that only a WebSocket opens, or an endpoint that has other methods. */
export type NoEndpoint = 'unknown' | 'websocket' | { allow: string[] }

const METHODS = ['GET', 'POST', 'DELETE']
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** The rows of one path: what a request of it finds, made once, so that a look-up allocates nothing. */
type Place = { byMethod: Map<string, Endpoint>; others: { allow: string[] } }

/** What may come next in a path: a written segment, or an identifier. */
type Segment = { words: Map<string, Segment>; id: Segment | null; place: Place | null }

// Paths without an identifier, as those of all calls of models are.
const exact = new Map<string, Place>()
const withIdentifier = new Map<string, Place>()
const first = newSegment()
const folders = new Map<string, Place>()
const webSockets = new Map<string, WebSocketEndpoint>()
for (const row of ENDPOINTS) {
  const { path, served } = row
  if (served === 'WEBSOCKET') webSockets.set(path, { ...row, served })
  else if (path.endsWith('/**')) add(folders, path.slice(0, -3), { ...row, served })
  else {
    segmentOf(path).place = add(path.includes('{') ? withIdentifier : exact, path, { ...row, served })
  }
}

function newSegment(): Segment {
  return { words: new Map(), id: null, place: null }
}

function segmentOf(path: string): Segment {
  let segment = first
  for (const word of path.split('/')) {
    if (word === '{id}') {
      segment.id ??= newSegment()
      segment = segment.id
    } else {
      const next = segment.words.get(word) ?? newSegment()
      segment.words.set(word, next)
      segment = next
    }
  }
  return segment
}

function add(places: Map<string, Place>, path: string, endpoint: Endpoint): Place {
  const place = places.get(path) ?? { byMethod: new Map(), others: { allow: [] } }
  places.set(path, place)
  for (const method of endpoint.methods) place.byMethod.set(method, endpoint)
  // RFC 9110 §9.3.2: HEAD is GET without a body, which node:http leaves out.
  if (endpoint.methods.includes('GET')) place.byMethod.set('HEAD', endpoint)
  place.others.allow = METHODS.filter((method) => place.byMethod.has(method))
  return place
}

/**
 * The endpoint of a request. A slash at the end makes another path of it, as it does at OpenAI. Letters count as they are
 * written, and an identifier is not a word of the table in other letters, since some upstreams do not distinguish the two.
 */
export function endpointOf(method: string, path: string): Endpoint | NoEndpoint {
  const below = belowRoot(path)
  const place = exact.get(below) ?? placeBySegments(below) ?? folders.get(firstSegment(below))
  if (place === undefined) return READING.has(method) && webSockets.has(below) ? 'websocket' : 'unknown'
  return place.byMethod.get(method) ?? place.others
}

// Without what ends a segment, or begins parameters of it, for some servers. The characters of OpenAI's identifiers, and those
// that a client encodes which need no encoding.
const IDENTIFIER = /^(?:[\w.~:@=+,-]|%(?:3A|40|3D|2B|2C))+$/

function placeBySegments(below: string): Place | undefined {
  let segment: Segment | null = first
  for (const text of below.split('/')) {
    const word: Segment | undefined = segment.words.get(text)
    segment = word ?? (isIdentifier(text, segment) ? segment.id : null)
    if (segment === null) return undefined
  }
  return segment.place ?? undefined
}

function isIdentifier(text: string, { words }: Segment): boolean {
  return IDENTIFIER.test(text) && !words.has(text.toLowerCase())
}

/** The first segment of a path without `WIRE_ROOT`. */
function firstSegment(below: string): string {
  const slash = below.indexOf('/')
  return slash === -1 ? below : below.slice(0, slash)
}

function belowRoot(path: string): string {
  return path.slice(WIRE_ROOT.length + 1)
}

/** What follows the base URL of an upstream in a request for this path of the wire: `/chat/completions`. */
export function upstreamPath(path: string): string {
  return path.slice(WIRE_ROOT.length)
}

/** The id of the model that a request of the model list is about, decoded; null: about all. Throws on broken encoding. */
export function modelIdIn(path: string): string | null {
  const below = belowRoot(path)
  const slash = below.indexOf('/')
  return slash === -1 ? null : decodeURIComponent(below.slice(slash + 1))
}

/** Whether a path is one that only a WebSocket opens. */
export function isWebSocketPath(path: string): boolean {
  return webSockets.get(belowRoot(path))?.modelIn === 'QUERY'
}

/** What a WebSocket at a path opens; null: nothing. */
export function webSocketAt(path: string): WebSocketEndpoint | null {
  const below = belowRoot(path)
  const found = webSockets.get(below)
  if (found !== undefined) return found
  // An identifier is the third segment of each that has one.
  const segments = below.split('/', 5)
  if (!IDENTIFIER.test(segments[2] ?? '')) return null
  segments[2] = '{id}'
  return webSockets.get(segments.join('/')) ?? null
}

const openedBySecret: ReadonlySet<string> = new Set(ENDPOINTS.flatMap(({ secretOpens }) => secretOpens))

/** Whether a client secret may be the credential at a path. */
export function takesClientSecrets(path: string): boolean {
  return openedBySecret.has(belowRoot(path))
}

/** Whether a request is one that the gateway charges for, by what its response reports. */
export function isBilled(method: string, path: string): boolean {
  const endpoint = endpointOf(method, path)
  return isEndpoint(endpoint) && endpoint.bills !== null
}

/** Whether the gateway serves a path itself, without a call to an upstream. */
export function isOwnPath(path: string): boolean {
  return ['GET', 'POST'].some((method) => {
    const endpoint = endpointOf(method, path)
    return isEndpoint(endpoint) && !endpoint.countsForLimits
  })
}

/** Whether a call of a model at a path costs nothing, as one that only counts the tokens of another. */
export function isFreeOfCharge(path: string): boolean {
  const endpoint = exact.get(belowRoot(path))?.byMethod.get('POST')
  return endpoint?.served === 'MODEL_CALL' && endpoint.bills === null
}

/** Whether nobody knows what a call at a path costs, also where its model has a price. */
export function hasUnknownCost(path: string): boolean {
  return exact.get(belowRoot(path))?.byMethod.get('POST')?.bills === 'VIDEO'
}

/**
 * True for a call that may be of any model where it names none: the upstream chooses one, as for a batch or a run. True of a
 * POST that is no endpoint.
 */
export function mayUseModel(method: string, path: string): boolean {
  if (method !== 'POST') return false
  const endpoint = endpointOf(method, path)
  return !isEndpoint(endpoint) || endpoint.modelIn !== 'NONE'
}

/** Whether the upstream alone knows which model a request sets to work, whatever its body says. */
export function leavesModelToUpstream(method: string, path: string): boolean {
  const endpoint = endpointOf(method, path)
  return method === 'POST' && isEndpoint(endpoint) && endpoint.modelIn === 'UPSTREAM'
}

/** Whether the body of a request names its model in a `session`, which the upstream is to make. */
export function namesModelInSession(method: string, path: string): boolean {
  return method === 'POST' && exact.get(belowRoot(path))?.byMethod.get(method)?.modelIn === 'SESSION'
}

/** Whether a look-up has found an endpoint. */
export function isEndpoint(found: Endpoint | NoEndpoint): found is Endpoint {
  return typeof found === 'object' && 'served' in found
}
