// The providers and the receivers of alerts that the seeded server is set up with, on ports of this machine that do not change, so
// that a data directory can be copied and served again. They respond as OpenAI does; one fails often, and one is slow.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { MODELS, type PlannedUpstream, UPSTREAMS } from './cast/upstreams.ts'

/** Above the ports that systems give to outgoing connections in most set-ups nothing is free for certain; these are not registered. */
const FIRST_PORT = 17_410
const RECEIVER_PORT = FIRST_PORT + 9

/** The base URL of an upstream, as it is stored. */
export function upstreamUrl({ place, path }: PlannedUpstream): string {
  return `http://127.0.0.1:${FIRST_PORT + place}${path}`
}

/** What a receiver of alerts responds with, by its path: one takes them, the others refuse each in its own way. */
const RECEIVERS = {
  'on-call': [204],
  failing: [500],
  closed: [410],
  // DingTalk's code for a message without the keyword, the signature or the address that its robot wants.
  robot: [200, { errcode: 310_000, errmsg: 'keywords not in content' }],
} as const satisfies Record<string, readonly [status: number, body?: object]>

/** Where alerts are sent. */
export function webhookUrl(path: keyof typeof RECEIVERS): string {
  return `http://127.0.0.1:${RECEIVER_PORT}/${path}`
}

/** How long until a port that was taken is tried again. Short: a call that finds nobody there opens a circuit. */
const RETRY_MS = 50

type Provider = { close(): Promise<void> }

/**
 * Starts all of them. A port that is taken belongs to the providers of another seeded server on this machine, which are the same: they
 * are used while they are there, and the port is taken over once they end.
 */
export async function startProviders(): Promise<Provider> {
  const providers: Provider[] = []
  for (const upstream of UPSTREAMS)
    providers.push(
      await listen(FIRST_PORT + upstream.place, (request, response) => respond(upstream, request, response)),
    )
  providers.push(
    await listen(RECEIVER_PORT, async (request, response) => {
      await bodyOf(request)
      const path = Object.entries(RECEIVERS).find(([name]) => request.url?.startsWith(`/${name}`))
      const [status, body] = path?.[1] ?? [404]
      if (body === undefined) response.writeHead(status).end()
      else json(response, status, body)
    }),
  )
  return {
    async close() {
      for (const provider of providers) await provider.close()
    },
  }
}

type Responder = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Resolves once somebody listens at the port. */
async function listen(port: number, responder: Responder): Promise<Provider> {
  const server = createServer((request, response) => {
    responder(request, response).catch(() => response.destroy())
  })
  let retry: NodeJS.Timeout | undefined
  await new Promise<unknown>((resolve, reject) => {
    const tryToListen = () => server.listen(port, '127.0.0.1')
    server.once('listening', resolve)
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      retry = setTimeout(tryToListen, RETRY_MS).unref()
      resolve(error)
    })
    tryToListen()
  })
  return {
    async close() {
      clearTimeout(retry)
      if (!server.listening) return
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const TEXT = 'The parcel left the warehouse this morning and arrives tomorrow before noon. '
  .repeat(4)
  .split(' ')

async function respond(
  upstream: PlannedUpstream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await bodyOf(request)
  const path = request.url ?? ''
  if (path.endsWith('/models')) return json(response, 200, modelList(upstream))
  const asked = text === '' ? {} : (JSON.parse(text) as { model?: string; stream?: boolean })
  if (Math.random() < upstream.failing) return fail(upstream, response)
  await delay(120 * upstream.slowness * (0.5 + Math.random()))
  const usage = {
    prompt_tokens: 40 + Math.ceil(text.length / 4),
    completion_tokens: TEXT.length,
    total_tokens: 0,
  }
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens
  if (path.endsWith('/embeddings'))
    return json(response, 200, {
      object: 'list',
      model: asked.model,
      data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2, 0.3] }],
      usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens },
    })
  const common = {
    id: `chatcmpl-${Date.now().toString(36)}`,
    created: Math.floor(Date.now() / 1_000),
    model: asked.model,
  }
  if (asked.stream !== true)
    return json(response, 200, {
      ...common,
      object: 'chat.completion',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: TEXT.join(' ') } }],
      usage,
    })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (chunk: object) =>
    response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', ...chunk })}\n\n`)
  for (const word of TEXT) {
    send({ choices: [{ index: 0, delta: { content: `${word} ` }, finish_reason: null }] })
    await delay(6 * upstream.slowness)
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage })
  response.end('data: [DONE]\n\n')
}

function fail(upstream: PlannedUpstream, response: ServerResponse): void {
  const { code, message, httpStatus } =
    upstream.failures.find(([each]) => each.httpStatus !== null)?.[0] ?? {}
  json(response, httpStatus ?? 503, { error: { message, type: 'server_error', code } })
}

function modelList({ name }: PlannedUpstream): object {
  const own = MODELS.flatMap(({ routes }) => routes.filter((route) => route.upstream === name))
  const ids = [...new Set(own.map(({ model }) => model)), `${name}-preview`]
  return { object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 0, owned_by: name })) }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
