// The same call for a shell. The key is read from the environment, so that the command can be passed on.
import type { RequestLog } from '@latchkey/sdk'
import { secretVariable, shellQuoted } from '#lib/recipes/recipe-text.ts'
import { leastRequest } from './least-requests.ts'

type Call = Pick<RequestLog, 'method' | 'endpoint' | 'requestedModel' | 'streamed' | 'httpStatus'>

export type CurlCommand = {
  text: string
  /** What it reads from the folder in which it is run; null: nothing. */
  file: string | null
  /** It opens a WebSocket, to which curl cannot write. */
  isWebSocket: boolean
}

/** What the request said is not known here: its body is the least that its endpoint takes. */
export function callAsCurl(call: Call, origin: string): CurlCommand {
  const { method, endpoint, requestedModel: model, streamed } = call
  if (opensWebSocket(call)) return webSocketCommand(call, origin)
  const options: string[] = []
  if (method === 'HEAD') options.push('--head')
  else if (method !== 'GET') options.push(`-X ${method}`)
  options.push(authorization)
  const request = method === 'POST' ? leastRequest(endpoint, { model, streamed }) : null
  if (request && 'json' in request)
    options.push(`-H 'Content-Type: application/json'`, `-d ${shellQuoted(JSON.stringify(request.json))}`)
  const { texts, files } = request && 'texts' in request ? request : { texts: {}, files: {} }
  // Of a text, `-F` would read a first `@` or `<` and a `;` as its own.
  for (const [name, value] of Object.entries(texts))
    options.push(`--form-string ${shellQuoted(`${name}=${value}`)}`)
  for (const [name, value] of Object.entries(files)) options.push(`-F ${shellQuoted(`${name}=${value}`)}`)
  if (streamed) options.push('-N')
  const saved = savedAs(call)
  if (saved) options.push(`-o ${saved}`)
  const file = Object.values(files)[0]?.slice(1).split(';', 1)[0] ?? null
  return { text: commandOf(`${origin}${endpoint}`, options), file, isWebSocket: false }
}

const authorization = `-H "Authorization: Bearer $${secretVariable}"`

function commandOf(url: string, options: readonly string[]): string {
  // curl reads brackets and braces of a URL as a list of several.
  const literal = /[[\]{}]/.test(url) ? ['-g'] : []
  return [`curl ${shellQuoted(url)}`, ...literal, ...options].join(' \\\n  ')
}

/** The file for a response that a terminal cannot show; null: it is text. */
function savedAs({ method, endpoint, streamed }: Call): string | null {
  if (method === 'POST' && endpoint === '/v1/audio/speech') return streamed ? null : 'speech.mp3'
  return method === 'GET' && endpoint.endsWith('/content') ? 'content' : null
}

const webSocketPaths = /^\/v1\/(realtime|realtime\/translations|live\/sessions(\/[^/]+\/(attach|fork))?)$/

/** Whether it was a request for a WebSocket, also where it failed. Below `/v1/responses` stored ones are listed, too. */
function opensWebSocket({ method, endpoint, requestedModel, httpStatus }: Call): boolean {
  if (method !== 'GET') return false
  return (
    httpStatus === 101 ||
    webSocketPaths.test(endpoint) ||
    (endpoint === '/v1/responses' && requestedModel !== null)
  )
}

/** RFC 6455 §4.1; any 16 bytes are a key. Frames begin with bytes that are no text, which curl has to be told to print. */
function webSocketCommand({ endpoint, requestedModel }: Call, origin: string): CurlCommand {
  const inUrl = requestedModel !== null && endpoint.startsWith('/v1/realtime')
  const query = inUrl ? `?${new URLSearchParams({ model: requestedModel })}` : ''
  const options = [
    authorization,
    `-H 'Connection: Upgrade'`,
    `-H 'Upgrade: websocket'`,
    `-H 'Sec-WebSocket-Version: 13'`,
    `-H 'Sec-WebSocket-Key: ${btoa('latchkey example')}'`,
    '--http1.1 -i -N -o -',
  ]
  return { text: commandOf(`${origin}${endpoint}${query}`, options), file: null, isWebSocket: true }
}
