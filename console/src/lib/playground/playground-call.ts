// One call of the playground, straight to the gateway: what it responds with, as it arrives.
import { errorCodeHeader } from '#lib/errors/call-error-text.ts'
import { at, parsed } from '#lib/json-at.ts'
import { eventData } from './event-stream.ts'
import type { PlaygroundRequest } from './playground-request.ts'

/** A picture or a recording; `local`: it is in this page, and not at an address of somebody else. */
export type Media = { kind: 'image' | 'audio'; url: string; local: boolean }

export type CallEvents = {
  onHead(requestId: string | null): void
  onText(text: string): void
  onReasoning(text: string): void
  onMedia(media: Media): void
}

/** `status` null: there was no response, or it broke off; `message` in the words of the server. */
export type CallFailure = { status: number | null; code: string; fromUpstream: boolean; message: string }

const messageChars = 500

/** Null: it went well. Rejects with an AbortError where it was stopped, and never else. The secret is sent to this server alone. */
export async function makeCall(
  secret: string,
  request: PlaygroundRequest,
  signal: AbortSignal,
  events: CallEvents,
): Promise<CallFailure | null> {
  try {
    const response = await fetch(request.path, {
      method: 'POST',
      ...sent(request, secret),
      signal,
      // The session of the console is no part of the call.
      credentials: 'omit',
      cache: 'no-store',
    })
    events.onHead(response.headers.get('x-request-id'))
    if (!response.ok) return failureOf(response, await response.json().catch(() => null))
    return await readResponse(response, events)
  } catch (error) {
    if (signal.aborted) throw error
    return { status: null, code: '', fromUpstream: false, message: '' }
  }
}

function sent(request: PlaygroundRequest, secret: string): { headers: HeadersInit; body: BodyInit } {
  const authorization = `Bearer ${secret}`
  if ('json' in request)
    return {
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(request.json),
    }
  const body = new FormData()
  body.set('model', request.form.model)
  body.set('file', request.form.file)
  return { headers: { authorization }, body }
}

async function readResponse(response: Response, events: CallEvents): Promise<CallFailure | null> {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream') && response.body !== null)
    return readStream(response, response.body, events)
  if (type.startsWith('audio/')) {
    events.onMedia({ kind: 'audio', url: URL.createObjectURL(await response.blob()), local: true })
    return null
  }
  if (!type.startsWith('application/json')) {
    events.onText(await response.text())
    return null
  }
  const body: unknown = await response.json()
  // A transcription, or a chat that an upstream has not streamed.
  const said = text(at(body, 'text')) || text(at(body, 'choices', '0', 'message', 'content'))
  if (said !== '') events.onText(said)
  for (const image of list(at(body, 'data'))) noteImage(image, formatOf(body), events)
  return null
}

function noteImage(image: unknown, format: string, { onMedia, onText }: CallEvents): void {
  const data = text(at(image, 'b64_json'))
  const url = text(at(image, 'url'))
  const revised = text(at(image, 'revised_prompt'))
  if (data !== '') onMedia({ kind: 'image', url: `data:image/${format};base64,${data}`, local: true })
  else if (url.startsWith('https://')) onMedia({ kind: 'image', url, local: false })
  if (revised !== '') onText(revised)
}

const formatOf = (body: unknown) =>
  ['jpeg', 'webp'].find((format) => format === at(body, 'output_format')) ?? 'png'

async function readStream(
  response: Response,
  body: ReadableStream<Uint8Array>,
  events: CallEvents,
): Promise<CallFailure | null> {
  for await (const data of eventData(body)) {
    if (data === '[DONE]') break
    const event = parsed(data)
    if (at(event, 'error') !== undefined) return failureOf(response, event)
    const delta = at(event, 'choices', '0', 'delta')
    const thought = text(at(delta, 'reasoning_content')) || text(at(delta, 'reasoning'))
    if (thought !== '') events.onReasoning(thought)
    const said = text(at(delta, 'content')) || text(at(delta, 'refusal'))
    if (said !== '') events.onText(said)
  }
  return null
}

function failureOf({ status, headers }: Response, body: unknown): CallFailure {
  return {
    status,
    code: headers.get(errorCodeHeader) || text(at(body, 'error', 'code')) || text(at(body, 'error', 'type')),
    fromUpstream: headers.get('x-latchkey-error-source') === 'upstream',
    message: text(at(body, 'error', 'message')).slice(0, messageChars),
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
