// The least that each endpoint takes by POST, so that a command made of it works as it is pasted.
// Source: the required parameters of openai 7.59. What it does not have takes an empty object, or fields that are not known here.

export type LeastRequest =
  | { json: Readonly<Record<string, unknown>> }
  /** The value of each of `files` is the name of one after `@`, or after `<` where the field is its text. */
  | { texts: Readonly<Record<string, string>>; files: Readonly<Record<string, string>> }

type Facts = { model: string | null; streamed: boolean }

/** `path` with `/v1`; `model`: what the request is to name, if its endpoint takes one. */
export function leastRequest(path: string, { model, streamed }: Facts): LeastRequest {
  const below = path.replace(/^\/v1\//, '')
  const named: Record<string, string> = model === null ? {} : { model }
  const inSession = sessionTypes[below]
  if (inSession) return { json: { session: { ...inSession, ...named } } }
  if (below === 'realtime/calls') {
    const session = JSON.stringify({ type: 'realtime', ...named })
    return { texts: { session }, files: { sdp: '<offer.sdp;type=application/sdp' } }
  }
  const form = forms[patternIn(forms, below)]
  if (form) {
    const { texts = {}, files = {} } = form
    return { texts: { ...named, ...texts, ...(streamed ? { stream: 'true' } : {}) }, files }
  }
  const json = objects[patternIn(objects, below)]
  return { json: { ...named, ...(streamed ? streamOf(below) : {}), ...json } }
}

const streamOf = (below: string) => (below === 'audio/speech' ? { stream_format: 'sse' } : { stream: true })

/** The path as it stands in a table: itself, or with `{id}` in place of an identifier. */
function patternIn(table: Readonly<Record<string, unknown>>, below: string): string {
  if (below in table) return below
  const segments = below.split('/')
  const fits = (pattern: string) => {
    const own = pattern.split('/')
    return own.length === segments.length && own.every((each, at) => each === '{id}' || each === segments[at])
  }
  return Object.keys(table).find(fits) ?? ''
}

const text = 'Hello!'
const prompt = 'A red circle'
const file = '@file.txt'
const video = '@video.mp4'

const forms: Readonly<Record<string, Partial<Extract<LeastRequest, { texts: unknown }>>>> = {
  'audio/transcriptions': { files: { file: '@audio.mp3' } },
  'audio/translations': { files: { file: '@audio.mp3' } },
  'audio/voice_consents': { texts: { name: 'Voice', language: 'en-US' }, files: { recording: '@audio.mp3' } },
  'audio/voices': { texts: { name: 'Voice', consent: 'CONSENT_ID' }, files: { audio_sample: '@audio.mp3' } },
  'containers/{id}/files': { files: { file } },
  content_provenance_checks: { files: { file: '@image.png' } },
  files: { texts: { purpose: 'user_data' }, files: { file } },
  'images/edits': { texts: { prompt }, files: { image: '@image.png' } },
  'images/variations': { files: { image: '@image.png' } },
  skills: { files: { 'files[]': '@skill.zip' } },
  'skills/{id}/versions': { files: { 'files[]': '@skill.zip' } },
  'uploads/{id}/parts': { files: { data: '@part.bin' } },
  videos: { texts: { prompt } },
  'videos/characters': { texts: { name: 'Circle' }, files: { video } },
  'videos/edits': { texts: { prompt }, files: { video } },
  'videos/extensions': { texts: { prompt, seconds: '4' }, files: { video } },
}

const objects: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'audio/speech': { input: text, voice: 'alloy' },
  batches: { input_file_id: 'FILE_ID', endpoint: '/v1/chat/completions', completion_window: '24h' },
  'chat/completions': { messages: [{ role: 'user', content: text }] },
  'chat/completions/{id}': { metadata: {} },
  completions: { prompt: text },
  containers: { name: 'Container' },
  'conversations/{id}/items': { items: [{ type: 'message', role: 'user', content: text }] },
  decisions: { input: text, questions: [{ type: 'predicate', instructions: 'Is it a greeting?' }] },
  embeddings: { input: text },
  'fine_tuning/jobs': { training_file: 'FILE_ID' },
  'images/generations': { prompt },
  moderations: { input: text },
  responses: { input: text },
  'responses/compact': { input: text },
  'responses/input_tokens': { input: text },
  'threads/runs': { assistant_id: 'ASSISTANT_ID' },
  'threads/{id}/messages': { role: 'user', content: text },
  'threads/{id}/runs': { assistant_id: 'ASSISTANT_ID' },
  uploads: { filename: 'part.bin', purpose: 'user_data', bytes: 1024, mime_type: 'text/plain' },
  'uploads/{id}/complete': { part_ids: ['PART_ID'] },
  'vector_stores/{id}/file_batches': { file_ids: ['FILE_ID'] },
  'vector_stores/{id}/files': { file_id: 'FILE_ID' },
  'vector_stores/{id}/search': { query: text },
  'videos/{id}/remix': { prompt },
}

/** Of those whose model stands in their `session`. */
const sessionTypes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'live/sessions': { type: 'live' },
  'realtime/client_secrets': { type: 'realtime' },
  'realtime/translations/client_secrets': {},
}
