// Which paths of OpenAI's API the gateway serves, and what each needs.
// Source: the paths of https://github.com/openai/openai-openapi (October 2026) and those that openai 7.57 calls, without
// /organization and /projects, which administer an account.
import { FORM_ENDPOINTS } from './form-endpoints.ts'

export type Endpoint =
  /**
   * The body is one JSON object: it is read, routed by its model, and its answer metered.
   * Where `modelOptional`, the upstream has a default or finds the model elsewhere.
   */
  | { kind: 'model-call'; injectsUsage: boolean; modelOptional: boolean }
  /** A form with a file for a model: it streams by to where forms go, and its answer is metered. */
  | { kind: 'upload-call' }
  /** Bytes pass both ways as they come; nothing is read but where they go. */
  | { kind: 'pass-through' }
  /** Answered by the gateway itself, from every upstream's list. */
  | { kind: 'models'; id: string | null }
  /** What the caller's key may do: an endpoint of the gateway's own. */
  | { kind: 'key' }

/** A path that is no endpoint, one for WebSockets alone, or an endpoint that this method is not for. */
export type NoEndpoint = 'unknown' | 'websocket' | { allow: string[] }

// `stream_options.include_usage` exists for these two alone; the Responses API refuses it.
const MODEL_CALLS = new Map<string, Endpoint>([
  ['chat/completions', { kind: 'model-call', injectsUsage: true, modelOptional: false }],
  ['completions', { kind: 'model-call', injectsUsage: true, modelOptional: false }],
  ['decisions', { kind: 'model-call', injectsUsage: false, modelOptional: false }],
  ['embeddings', { kind: 'model-call', injectsUsage: false, modelOptional: false }],
  ['audio/speech', { kind: 'model-call', injectsUsage: false, modelOptional: false }],
  ['responses', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
  ['responses/compact', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
  ['responses/input_tokens', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
  ['moderations', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
  ['images/generations', { kind: 'model-call', injectsUsage: false, modelOptional: true }],
])

const UPLOAD_CALLS: ReadonlySet<string> = new Set(FORM_ENDPOINTS)

const PASS_THROUGH = new Set([
  'agents',
  'assistants',
  'audio',
  'batches',
  'chat',
  'chatkit',
  'containers',
  'content_provenance_checks',
  'conversations',
  'evals',
  'files',
  'fine_tuning',
  'images',
  'live',
  'realtime',
  'responses',
  'safety',
  'skills',
  'threads',
  'uploads',
  'vaults',
  'vector_stores',
  'videos',
  'webhook_endpoints',
  'webhook_event_types',
])
// Folders of endpoints that are none themselves.
const FOLDERS = new Set(['audio', 'chat', 'chatkit', 'fine_tuning', 'images', 'live', 'realtime', 'safety'])
const PASS_THROUGH_METHODS = ['GET', 'POST', 'DELETE']

/** `path` starts with `/v1/` and has no query. A slash at the end is another path, as it is at OpenAI. */
export function endpointOf(method: string, path: string): Endpoint | NoEndpoint {
  const rest = path.slice('/v1/'.length)
  if (rest === 'models') return method === 'GET' ? { kind: 'models', id: null } : { allow: ['GET'] }
  if (rest === 'key') return method === 'GET' ? { kind: 'key' } : { allow: ['GET'] }
  if (rest.startsWith('models/')) {
    // A model's id may hold a slash, raw or encoded.
    if (method === 'GET') return { kind: 'models', id: decodeURIComponent(rest.slice('models/'.length)) }
    return method === 'DELETE' ? { kind: 'pass-through' } : { allow: ['GET', 'DELETE'] }
  }
  if (rest === 'realtime' && method === 'GET') return 'websocket'
  const modelCall = MODEL_CALLS.get(rest)
  if (modelCall !== undefined && method === 'POST') return modelCall
  // Stored completions and responses are listed under the path that makes them.
  const listed = rest === 'chat/completions' || rest === 'responses'
  if (modelCall !== undefined && !(listed && method === 'GET'))
    return { allow: listed ? ['GET', 'POST'] : ['POST'] }
  if (UPLOAD_CALLS.has(rest) && method === 'POST') return { kind: 'upload-call' }
  const [first = '', second] = rest.split('/', 2)
  const served = PASS_THROUGH.has(first) && !(FOLDERS.has(first) && (second === undefined || second === ''))
  if (!served) return 'unknown'
  return PASS_THROUGH_METHODS.includes(method) ? { kind: 'pass-through' } : { allow: PASS_THROUGH_METHODS }
}

const PLAIN_WORDS = /^(?:\/[\w-]+)+$/

/**
 * True for a path that means the same to every server: no dot segments, no doubled slash, no backslash, no control
 * character, no broken percent-encoding. Anything else could leave the upstream's base path.
 */
export function isPlainPath(path: string): boolean {
  // Nothing in these can mean anything else.
  if (PLAIN_WORDS.test(path)) return true
  if (!/^\/[\x21-\x7e]*$/.test(path) || /\\|\/\/|%(?![0-9a-fA-F]{2})/.test(path)) return false
  try {
    // Twice, since some servers do; and without `;…`, which some take off before they look at a segment.
    const decoded = decodeURIComponent(path)
    const twice = decoded.replace(/%(2e|2f|5c)/gi, (encoded) => decodeURIComponent(encoded))
    return !twice.split(/[/\\]/).some((segment) => /^\.{1,2}(;|$)/.test(segment) || /\p{Cc}/u.test(segment))
  } catch {
    return false
  }
}
