// The models that a session names before it is opened: https://platform.openai.com/docs/api-reference/realtime-sessions.
import { isObject } from '../is-object.ts'
import { misspelledName } from '../member-names.ts'

// Those under which a model may stand, and their own.
const MEMBERS: ReadonlySet<string> = new Set([
  'audio',
  'input',
  'input_audio_transcription',
  'model',
  'session',
  'transcription',
  'type',
])

/**
 * The models in the body of a request for a session, for speech and for transcription. Null where it names none for what it
 * does, so that the upstream would choose one, or where a parser that ignores case would read another. `transcribes`: the session may do nothing else than transcribe.
 */
export function sessionModels(body: unknown, transcribes: boolean): string[] | null {
  if (!isObject(body)) return null
  const sessions = [body, body.session].filter(isObject)
  if (misspelledInSession(body) !== null) return null
  const main = sessions.map(({ model }) => model).filter(isText)
  const transcriptions = sessions
    .flatMap(transcriptionParts)
    .map(({ model }) => model)
    .filter(isText)
  const isTranscription = transcribes || sessions.some(({ type }) => type === 'transcription')
  if (main.length === 0 && !(isTranscription && transcriptions.length > 0)) return null
  return [...main, ...transcriptions]
}

/** The name of a member that a parser which ignores case would take for one that names a model; null: there is none. */
export function misspelledInSession(body: unknown): string | null {
  if (!isObject(body)) return null
  const sessions = [body, body.session].filter(isObject)
  for (const part of sessions.flatMap((session) => [session, ...transcriptionParts(session)])) {
    const misspelled = misspelledName(Object.keys(part), MEMBERS)
    if (misspelled !== null) return misspelled
  }
  return null
}

/** The body of a request for a session, with these models in place of those that are its keys. The body itself stays. */
export function renamedSession(body: unknown, names: ReadonlyMap<string, string>): unknown {
  if (!isObject(body)) return body
  const renamed = structuredClone(body)
  const sessions = [renamed, renamed.session].filter(isObject)
  for (const part of sessions.flatMap((session) => [session, ...transcriptionParts(session)])) {
    const name = typeof part.model === 'string' ? names.get(part.model) : undefined
    if (name !== undefined) part.model = name
  }
  return renamed
}

function transcriptionParts({ audio, input_audio_transcription: older }: Record<string, unknown>) {
  const input = isObject(audio) ? audio.input : null
  const newer = isObject(input) ? input.transcription : null
  return [audio, input, older, newer].filter(isObject)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
