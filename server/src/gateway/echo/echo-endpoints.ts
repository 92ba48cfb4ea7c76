// The echo's response: the last text of the request, in the shape of the endpoint. As an upstream it implements endpoints, so it
// has their paths as literals.
// Forms: https://platform.openai.com/docs/api-reference (chat, completions, embeddings, responses, models).
import { createHash } from 'node:crypto'
import { inputText, type Json, lastUserText, promptText } from './echo-input.ts'
import { responseEvents, responseObject } from './echo-responses.ts'
import { countTokens, ECHO_MODEL, pieces } from './echo-text.ts'

export type EchoResponse = { status: number; headers: Record<string, string>; chunks: Buffer[] }

const DIMENSIONS_MAX = 4_096
// OpenAI's own limit for one request.
const INPUTS_MAX = 2_048

/** The response to one request; a body that cannot be read, or is nested too deeply to be serialized, is refused. */
export function echoResponse(
  method: string,
  path: string,
  body: Buffer | null,
  nowSeconds: number,
): EchoResponse {
  try {
    return succeeded(method, path, body, nowSeconds)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError)
      return invalid('We could not parse the JSON body of your request.', null)
    throw error
  }
}

function succeeded(method: string, path: string, body: Buffer | null, nowSeconds: number): EchoResponse {
  const endpoint = path.split('?', 1)[0]
  if (method === 'GET' && endpoint === '/models') {
    return json({
      object: 'list',
      data: [{ id: ECHO_MODEL, object: 'model', created: 0, owned_by: 'latchkey' }],
    })
  }
  const request = body === null ? {} : (JSON.parse(body.toString('utf8')) as Json)
  const id = createHash('sha256')
    .update(body ?? path)
    .digest('hex')
    .slice(0, 24)
  switch (`${method} ${endpoint}`) {
    case 'POST /chat/completions':
      return chat(request, id, nowSeconds)
    case 'POST /completions':
      return completion(request, id, nowSeconds)
    case 'POST /embeddings':
      return embeddings(request)
    case 'POST /responses': {
      const response = responseObject(request, id, nowSeconds)
      return request.stream === true ? events(responseEvents(response)) : json(response)
    }
    default:
      return notServed(method, endpoint ?? path)
  }
}

function chat(request: Json, id: string, created: number): EchoResponse {
  const echoed = lastUserText(request.messages)
  const usage = chatUsage(promptText(request.messages), echoed)
  const head = { id: `chatcmpl-${id}`, created, model: ECHO_MODEL, system_fingerprint: null }
  if (request.stream !== true) {
    return json({
      ...head,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: echoed, refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage,
    })
  }
  const withUsage = includesUsage(request)
  const chunk = (delta: Json, finishReason: string | null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(withUsage ? { usage: null } : {}),
  })
  return events([
    data(chunk({ role: 'assistant', content: '', refusal: null }, null)),
    ...pieces(echoed).map((piece) => data(chunk({ content: piece }, null))),
    data(chunk({}, 'stop')),
    ...(withUsage ? [data({ ...head, object: 'chat.completion.chunk', choices: [], usage })] : []),
    DONE,
  ])
}

function completion(request: Json, id: string, created: number): EchoResponse {
  const echoed = inputText(request.prompt)
  const usage = chatUsage(echoed, echoed)
  const head = { id: `cmpl-${id}`, object: 'text_completion', created, model: ECHO_MODEL }
  const choice = (text: string, finishReason: string | null) => [
    { index: 0, text, logprobs: null, finish_reason: finishReason },
  ]
  if (request.stream !== true) return json({ ...head, choices: choice(echoed, 'stop'), usage })
  const withUsage = includesUsage(request)
  const withNull = withUsage ? { usage: null } : {}
  return events([
    ...pieces(echoed).map((piece) => data({ ...head, choices: choice(piece, null), ...withNull })),
    data({ ...head, choices: choice('', 'stop'), ...withNull }),
    ...(withUsage ? [data({ ...head, choices: [], usage })] : []),
    DONE,
  ])
}

function embeddings(request: Json): EchoResponse {
  const inputs =
    Array.isArray(request.input) && typeof request.input[0] !== 'number' ? request.input : [request.input]
  if (inputs.length > INPUTS_MAX) return invalid(`Invalid \`input\`: at most ${INPUTS_MAX} at once.`, 'input')
  const { dimensions } = request
  const length =
    typeof dimensions === 'number' && Number.isInteger(dimensions) && dimensions >= 1
      ? Math.min(dimensions, DIMENSIONS_MAX)
      : 256
  const texts = inputs.map(inputText)
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0)
  return json({
    object: 'list',
    model: ECHO_MODEL,
    data: texts.map((text, index) => ({
      object: 'embedding',
      index,
      embedding:
        request.encoding_format === 'base64' ? base64(vector(text, length)) : [...vector(text, length)],
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

/** A vector of length 1 that depends on the text alone. */
function vector(text: string, length: number): Float32Array {
  const values = new Float32Array(length)
  for (let at = 0; at < length; at += 8) {
    const digest = createHash('sha256').update(`${at}\n${text}`).digest()
    for (let i = 0; i < 8 && at + i < length; i++) values[at + i] = digest.readInt32LE(i * 4) / 2 ** 31
  }
  const norm = Math.hypot(...values)
  return norm === 0 ? values : values.map((value) => value / norm)
}

function base64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}

function chatUsage(prompt: string, echoed: string) {
  const promptTokens = countTokens(prompt)
  const completionTokens = countTokens(echoed)
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  }
}

function includesUsage(request: Json): boolean {
  const options = request.stream_options
  return typeof options === 'object' && options !== null && (options as Json).include_usage === true
}

function data(value: unknown): Buffer {
  return Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
}

const DONE = Buffer.from('data: [DONE]\n\n')

function json(value: unknown, status = 200): EchoResponse {
  const body = Buffer.from(JSON.stringify(value))
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
    chunks: [body],
  }
}

function events(chunks: Buffer[]): EchoResponse {
  return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, chunks }
}

function notServed(method: string, endpoint: string): EchoResponse {
  const message = `The built-in echo does not serve ${method} ${endpoint.slice(0, 200)}. Configure an upstream (LATCHKEY_UPSTREAM_URL, OPENAI_API_KEY or GEMINI_API_KEY) for it.`
  return json(
    { error: { message, type: 'invalid_request_error', param: null, code: 'unsupported_endpoint' } },
    404,
  )
}

function invalid(message: string, param: string | null): EchoResponse {
  return json({ error: { message, type: 'invalid_request_error', param, code: null } }, 400)
}
