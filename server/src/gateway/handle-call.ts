// The life of a call: accept → identify → admit → route → forward → meter → record.
import { type CallError, callError } from '../domain/errors.ts'
import { admit, unknownModel } from './admit.ts'
import { answerWithError } from './answer-with-error.ts'
import { Call, printable } from './call.ts'
import { sentCredential } from './credential.ts'
import { type Endpoint, endpointOf, isPlainPath } from './endpoints.ts'
import type { StreamDialect } from './event-stream-meter.ts'
import type { Exchange } from './exchange.ts'
import { forward } from './forward.ts'
import type { Gateway } from './gateway.ts'
import { misnamedHeader } from './headers.ts'
import { identify } from './identify.ts'
import { watchBody } from './multipart-model.ts'
import { readRequestBody, rewriteRequestBody } from './request-body.ts'

/**
 * Handles one call, from its first byte to its record. Never rejects: whatever goes wrong is answered in OpenAI's shape
 * and recorded. `fault` is what the machinery of HTTP found wrong with the request, where it could still read it.
 */
export async function handleCall(
  gateway: Gateway,
  exchange: Exchange,
  fault: CallError | null = null,
): Promise<void> {
  const call = new Call(exchange, gateway.record)
  try {
    const endpoint = fault ?? accept(exchange)
    const key = await identify(gateway.keys, sentCredential(exchange.headers))
    if ('id' in key) call.note({ apiKeyId: key.id })
    // A wrong path says so to everyone; it is told apart from a wrong key, and still logged with the key it came with.
    if ('httpStatus' in endpoint) return refuse(call, exchange, endpoint)
    if ('httpStatus' in key) return refuse(call, exchange, key)
    const denial = admit(key, gateway.clock())
    if (denial !== null) return refuse(call, exchange, denial)
    if (endpoint.kind === 'models') return await answerModels(gateway, call, exchange, endpoint.id)
    if (endpoint.kind === 'model-call') return await forwardModelCall(gateway, call, exchange, endpoint)
    passThrough(gateway, call, exchange, endpoint.kind === 'upload-call')
  } catch (error) {
    // A mistake of ours must not leave a caller waiting, nor its call unrecorded.
    gateway.onMistake(error, call.id)
    refuse(call, exchange, callError('internal_error'))
  }
}

function accept(exchange: Exchange): Endpoint | CallError {
  const misnamed = misnamedHeader(exchange.headers.connection)
  if (misnamed !== null) {
    return callError('invalid_request', { message: `The Connection header must not name \`${misnamed}\`.` })
  }
  if (!isPlainPath(exchange.path)) return callError('unknown_url')
  const endpoint = endpointOf(exchange.method, exchange.path)
  if (endpoint === 'websocket') return callError('upgrade_required')
  if (endpoint === 'unknown') {
    return callError('unknown_url', {
      message: `Unknown request URL: ${exchange.method} ${exchange.path.slice(0, 200)}. Check the path and the method against the OpenAI API reference.`,
    })
  }
  if ('allow' in endpoint) {
    return callError('method_not_allowed', {
      allow: endpoint.allow,
      message: `Not allowed to ${exchange.method} on ${exchange.path.slice(0, 200)} (allowed: ${endpoint.allow.join(', ')}).`,
    })
  }
  return endpoint
}

async function forwardModelCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Extract<Endpoint, { kind: 'model-call' }>,
): Promise<void> {
  if (!isJson(exchange)) return refuse(call, exchange, callError('unsupported_media_type'))
  const bytes = await exchange.readBody(gateway.limits.jsonBodyBytes)
  if (bytes === 'gone') return call.finish('CANCELLED')
  if (bytes === 'too-large') return refuse(call, exchange, tooLarge(gateway.limits.jsonBodyBytes))
  call.countRequestBytes(bytes.length)
  const read = readRequestBody(bytes, endpoint.modelOptional)
  // Only a large one takes more than this turn.
  const body = read instanceof Promise ? await read : read
  if ('httpStatus' in body) return refuse(call, exchange, body)
  call.note({ requestedModel: printable(body.model, 256), streamed: body.stream })
  const route = gateway.routes.routeOf(body.model)
  if (route === null) return refuse(call, exchange, unknownModel(body.model ?? ''))
  const asksUsage = endpoint.injectsUsage && body.stream && !body.includesUsage
  const rewritten = rewriteRequestBody(body, route.model, asksUsage)
  forward(gateway, call, exchange, {
    route,
    body: rewritten,
    bodyBytes: rewritten.length,
    metered: true,
    answers: dialectOf(exchange.path, endpoint.injectsUsage),
    hideUsage: asksUsage,
    // The endpoints whose answers are a model's text.
    estimable: endpoint.injectsUsage || exchange.path === '/v1/responses',
    ownFault: () => null,
  })
}

function passThrough(gateway: Gateway, call: Call, exchange: Exchange, metered: boolean): void {
  const limit = gateway.limits.uploadBytes
  if ((exchange.bodyBytes ?? 0) > limit) return refuse(call, exchange, tooLarge(limit))
  const route = gateway.routes.routeOf(null)
  if (route === null) return refuse(call, exchange, callError('unknown_url'))
  const source = exchange.bodyStream()
  const isForm = /^multipart\/form-data\b/i.test(exchange.headers['content-type'] ?? '')
  let bytes = 0
  let overLimit = false
  const watch = watchBody(
    isForm,
    (count) => {
      call.countRequestBytes(count)
      bytes += count
      if (bytes <= limit || overLimit) return
      overLimit = true
      watch.destroy(new Error('the upload is over the limit'))
    },
    (model) => call.note({ requestedModel: printable(model, 256) }),
  )
  forward(gateway, call, exchange, {
    route,
    body: source === null ? null : source.pipe(watch),
    bodyBytes: exchange.bodyBytes,
    metered,
    answers: null,
    hideUsage: false,
    estimable: false,
    ownFault: () => (overLimit ? tooLarge(limit) : null),
  })
}

async function answerModels(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  id: string | null,
): Promise<void> {
  const models = await gateway.models.list()
  const answer = id === null ? { object: 'list', data: models } : models.find((model) => model.id === id)
  if (answer === undefined) return refuse(call, exchange, unknownModel(id ?? ''))
  const bytes = Buffer.from(JSON.stringify(answer))
  call.note({ httpStatus: 200, upstream: null })
  call.countResponseBytes(bytes.length)
  call.finish('SUCCESS', () => {
    exchange.sendHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(bytes.length),
      'openai-processing-ms': String(Math.round(call.elapsedMs())),
      'x-request-id': call.id,
    })
    exchange.end(bytes)
  })
}

/** Answers a call that goes no further, and records it as denied. */
function refuse(call: Call, exchange: Exchange, error: CallError): void {
  answerWithError(call, exchange, error, error.code === 'internal_error' ? 'ERROR' : 'DENIED')
}

function isJson(exchange: Exchange): boolean {
  const { 'content-type': type, 'content-encoding': encoding } = exchange.headers
  // A body without a type is taken for JSON, as OpenAI does not; curl's default form type is not.
  const json = type === undefined || /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)
  return json && (encoding === undefined || encoding === 'identity')
}

/** Speech is the one model call whose answer is no JSON. */
function dialectOf(path: string, isChat: boolean): StreamDialect | null {
  if (isChat) return 'chat'
  if (path === '/v1/responses') return 'responses'
  return path === '/v1/audio/speech' ? null : 'other'
}

function tooLarge(maxBytes: number): CallError {
  const size = maxBytes >= 2 ** 20 ? `${Math.floor(maxBytes / 2 ** 20)} MiB` : `${maxBytes} bytes`
  return callError('request_too_large', {
    message: `The request body is larger than the ${size} that this endpoint accepts.`,
  })
}
