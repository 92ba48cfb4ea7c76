// The endpoint table: every path of the wire that the gateway serves, and what each needs. No other file under server/src
// has a path of the wire as a literal, but for gateway/echo, which stands in for an upstream and implements some of them.
//
// Source: the paths of https://github.com/openai/openai-openapi (October 2026) and those that openai 7.57 calls, without
// /organization and /projects, which administer an account.

/** What every path of the wire begins with; the base URL of an upstream stands for it there. */
export const WIRE_ROOT = '/v1'

/** How an endpoint is served. */
export type Served =
  /** The body is one JSON object: it is read whole, routed by its model, and the response is metered. */
  | 'MODEL_CALL'
  /** The body is a form with a file for a model: it is streamed to the upstream, and the response is metered. */
  | 'FORM'
  /** An object that the upstream stores, or makes: the bytes pass in both directions unread, and nothing is metered. */
  | 'PASS_THROUGH'
  /** By the gateway itself: the models of all upstreams, or one of them. */
  | 'MODEL_LIST'
  /** By the gateway itself: what the API key of the call may do. */
  | 'KEY_INFO'
  /** A WebSocket, of which every message passes, and whose usage is metered. */
  | 'WEBSOCKET'

/** How a stream of events ends, and where it holds usage; `other`: JSON, or events of no known order. */
export type StreamDialect = 'chat' | 'responses' | 'other'

/** The unit that a call is billed by; READING: input tokens alone, as of an embedding. */
export type BilledUnit = 'TEXT' | 'READING' | 'IMAGES' | 'SPEECH' | 'FORM'

export type EndpointRow = {
  /** Below `WIRE_ROOT`. `x/*`: every path below `x`; `x/**`: `x` itself as well. An exact path goes before both. */
  path: string
  methods: readonly string[]
  served: Served
  /**
   * Where a request names its model. UPSTREAM: nowhere, its upstream chooses one, as for a batch or a run. NONE: it reaches
   * no model.
   */
  modelIn: 'BODY' | 'FORM' | 'PATH' | 'QUERY' | 'UPSTREAM' | 'NONE'
  /** The model may be omitted: the upstream has a default, or finds it elsewhere. */
  modelOptional: boolean
  /** Null: the response may be of any kind, and no stream of events. */
  dialect: StreamDialect | null
  /** `stream_options.include_usage` is added to the request. It exists for these alone; the Responses API refuses it. */
  injectsUsage: boolean
  /** Null: the call is free of charge, or not metered. */
  bills: BilledUnit | null
  /** The response is text of a model: where the upstream reports no usage, it is estimated from the bodies. */
  estimable: boolean
  /** The call is counted in the limits of its key. */
  countsForLimits: boolean
}

/** An endpoint of HTTP. */
export type Endpoint = EndpointRow & { served: Exclude<Served, 'WEBSOCKET'> }

/** A path that is no endpoint, one that only a WebSocket opens, or an endpoint that has other methods. */
export type NoEndpoint = 'unknown' | 'websocket' | { allow: string[] }

const EVERY_METHOD = ['GET', 'POST', 'DELETE']

/** The table; a path may have several rows, each for methods of its own. */
export const ENDPOINTS: readonly EndpointRow[] = [
  modelCall('chat/completions', { dialect: 'chat', injectsUsage: true, estimable: true }),
  modelCall('completions', { dialect: 'chat', injectsUsage: true, estimable: true }),
  modelCall('decisions', {}),
  modelCall('responses', { dialect: 'responses', modelOptional: true, estimable: true }),
  modelCall('responses/compact', { modelOptional: true }),
  // Counts what a call would be sent.
  modelCall('responses/input_tokens', { modelOptional: true, bills: null }),
  modelCall('embeddings', { bills: 'READING' }),
  modelCall('moderations', { bills: 'READING', modelOptional: true }),
  modelCall('images/generations', { bills: 'IMAGES', modelOptional: true }),
  modelCall('audio/speech', { bills: 'SPEECH', dialect: null }),

  form('audio/transcriptions'),
  form('audio/translations'),
  form('images/edits'),
  form('images/variations'),

  { ...row('realtime', ['GET'], 'WEBSOCKET', 'QUERY'), modelOptional: true, bills: 'TEXT' },

  { ...row('key', ['GET'], 'KEY_INFO', 'NONE'), countsForLimits: false },
  // A model's id may hold a slash, raw or encoded.
  { ...row('models/**', ['GET'], 'MODEL_LIST', 'PATH'), countsForLimits: false },
  { ...row('models', ['GET'], 'MODEL_LIST', 'NONE'), countsForLimits: false },
  stored('models/**', 'NONE', ['DELETE']),

  // Stored completions and responses are listed under the path that creates them.
  stored('chat/completions', 'NONE', ['GET']),
  stored('responses', 'NONE', ['GET']),
  stored('audio/transcriptions', 'NONE', ['GET', 'DELETE']),
  stored('audio/translations', 'NONE', ['GET', 'DELETE']),
  stored('images/edits', 'NONE', ['GET', 'DELETE']),
  stored('images/variations', 'NONE', ['GET', 'DELETE']),

  // A POST may set a model to work.
  stored('agents/**', 'UPSTREAM'),
  stored('assistants/**', 'UPSTREAM'),
  stored('audio/*', 'UPSTREAM'),
  stored('batches/**', 'UPSTREAM'),
  stored('chat/*', 'UPSTREAM'),
  stored('chatkit/*', 'UPSTREAM'),
  stored('content_provenance_checks/**', 'UPSTREAM'),
  stored('evals/**', 'UPSTREAM'),
  stored('fine_tuning/*', 'UPSTREAM'),
  stored('images/*', 'UPSTREAM'),
  stored('live/*', 'UPSTREAM'),
  stored('realtime/*', 'UPSTREAM'),
  stored('responses/**', 'UPSTREAM'),
  stored('safety/*', 'UPSTREAM'),
  stored('threads/**', 'UPSTREAM'),
  stored('videos/**', 'UPSTREAM'),
  stored('webhook_event_types/**', 'UPSTREAM'),
  // Storage: no model uses what is put there before another call says so. An index is made by the upstream's own choice.
  stored('containers/**', 'NONE'),
  stored('conversations/**', 'NONE'),
  stored('files/**', 'NONE'),
  stored('skills/**', 'NONE'),
  stored('uploads/**', 'NONE'),
  stored('vaults/**', 'NONE'),
  stored('vector_stores/**', 'NONE'),
  stored('webhook_endpoints/**', 'NONE'),
]

/** A call of a model by text, which names it; what differs is in `columns`. */
function modelCall(path: string, columns: Partial<EndpointRow>): EndpointRow {
  return { ...row(path, ['POST'], 'MODEL_CALL', 'BODY'), dialect: 'other', bills: 'TEXT', ...columns }
}

/** The form names its model inside its body, after the call has been admitted. */
function form(path: string): EndpointRow {
  return { ...row(path, ['POST'], 'FORM', 'FORM'), bills: 'FORM' }
}

function stored(
  path: string,
  modelIn: 'UPSTREAM' | 'NONE',
  methods: readonly string[] = EVERY_METHOD,
): EndpointRow {
  return row(path, methods, 'PASS_THROUGH', modelIn)
}

function row(
  path: string,
  methods: readonly string[],
  served: Served,
  modelIn: EndpointRow['modelIn'],
): EndpointRow {
  return {
    path,
    methods,
    served,
    modelIn,
    modelOptional: false,
    dialect: null,
    injectsUsage: false,
    bills: null,
    estimable: false,
    countsForLimits: true,
  }
}

/** The rows of one path: what a request of it finds, made once, so that a look-up allocates nothing. */
type Place = { byMethod: Map<string, Endpoint>; others: { allow: string[] }; itself: boolean }

const exact = new Map<string, Place>()
const folders = new Map<string, Place>()
const webSockets = new Set<string>()
for (const row of ENDPOINTS) {
  const { path, served } = row
  if (served === 'WEBSOCKET') webSockets.add(path)
  else if (path.endsWith('*')) add(folders, path.slice(0, path.indexOf('/')), { ...row, served })
  else add(exact, path, { ...row, served })
}

function add(places: Map<string, Place>, path: string, endpoint: Endpoint): void {
  const place = places.get(path) ?? { byMethod: new Map(), others: { allow: [] }, itself: false }
  places.set(path, place)
  for (const method of endpoint.methods) place.byMethod.set(method, endpoint)
  place.others.allow = EVERY_METHOD.filter((method) => place.byMethod.has(method))
  place.itself ||= endpoint.path.endsWith('/**')
}

/**
 * The endpoint of a request. `path` starts with `/v1` and has no query. A slash at the end makes another path of it, as it
 * does at OpenAI. Letters count as they are written.
 */
export function endpointOf(method: string, path: string): Endpoint | NoEndpoint {
  const below = belowRoot(path)
  const place = exact.get(below) ?? placeInFolder(below)
  if (place === null) return method === 'GET' && webSockets.has(below) ? 'websocket' : 'unknown'
  return place.byMethod.get(method) ?? place.others
}

function placeInFolder(below: string): Place | null {
  const place = folders.get(firstSegment(below))
  if (place === undefined) return null
  if (place.itself) return place
  const slash = below.indexOf('/')
  return slash !== -1 && slash + 1 < below.length && below[slash + 1] !== '/' ? place : null
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

/** Whether a path, without its query, is that of a WebSocket. */
export function isWebSocketPath(path: string): boolean {
  return webSockets.has(belowRoot(path))
}

/** Whether what is posted to a path is a form for a model. */
export function isFormPath(path: string): boolean {
  return exact.get(belowRoot(path))?.byMethod.get('POST')?.served === 'FORM'
}

/** Whether the gateway serves a path itself, without a call to an upstream. */
export function isOwnPath(path: string): boolean {
  const endpoint = endpointOf('GET', path)
  return typeof endpoint === 'object' && 'served' in endpoint && !endpoint.countsForLimits
}

/** Whether a call of a model at a path costs nothing, as one that only counts the tokens of another. */
export function isFreeOfCharge(path: string): boolean {
  const endpoint = exact.get(belowRoot(path))?.byMethod.get('POST')
  return endpoint?.served === 'MODEL_CALL' && endpoint.bills === null
}

/**
 * True for a pass-through call whose model only its upstream knows, so that a key for certain models may not make it: a
 * batch or a run could be of any. True of a path that is no endpoint.
 */
export function mayUseModel(method: string, path: string): boolean {
  if (method !== 'POST' || path.endsWith('/cancel')) return false
  const folder = folders.get(firstSegment(belowRoot(path)))
  return folder?.byMethod.get('POST')?.modelIn !== 'NONE'
}

/** The paths of the forms for a model, with `/v1`. */
export const FORM_PATHS: readonly string[] = ENDPOINTS.filter(({ served }) => served === 'FORM').map(pathOf)

/** The path of chat completions, with `/v1`: the example of a path wherever one is due. */
export const CHAT_COMPLETIONS_PATH = `${WIRE_ROOT}/chat/completions`
/** The path of realtime sessions, with `/v1`. */
export const REALTIME_PATH = `${WIRE_ROOT}/realtime`
/** The path of the list of models, with `/v1`. */
export const MODELS_PATH = `${WIRE_ROOT}/models`

function pathOf({ path }: EndpointRow): string {
  return `${WIRE_ROOT}/${path}`
}
