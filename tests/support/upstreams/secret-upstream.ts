// An upstream that makes client secrets and opens sessions with them alone, or with its own credential: as OpenAI does.

import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { listenOnLoopback } from '../listen-on-loopback.ts'

export type SecretUpstream = {
  baseUrl: string
  /** Method, path and credential of each request, oldest first; of a WebSocket the method is UPGRADE. */
  seen: { method: string; path: string; authorization: string; body: string }[]
  /** What its secrets expire in; seconds. */
  lifetime(seconds: number | null): void
  /** It takes none of its secrets any more. */
  forget(): void
  close(): Promise<void>
}

const USAGE = { total_tokens: 10_000, input_tokens: 4_000, output_tokens: 6_000 }

/** `credentials`: of the gateway. Each message of a session gets a response that reports 10,000 tokens. */
export async function startSecretUpstream(credentials: readonly string[]): Promise<SecretUpstream> {
  const secrets = new Map<string, string>()
  const seen: SecretUpstream['seen'] = []
  const sockets = new Set<Socket>()
  const calls = new Set<string>()
  let lifetime: number | null = 600

  const isOwn = (authorization: string) => credentials.some((one) => authorization === `Bearer ${one}`)
  const isSecret = (authorization: string) => secrets.has(authorization.slice('Bearer '.length))

  async function note(request: IncomingMessage, method = request.method ?? ''): Promise<string> {
    const chunks: Buffer[] = []
    if (method !== 'UPGRADE') for await (const chunk of request) chunks.push(chunk as Buffer)
    const { authorization = '' } = request.headers
    seen.push({ method, path: request.url ?? '', authorization, body: Buffer.concat(chunks).toString() })
    return authorization
  }

  function secretFor(body: string, inSession: boolean): object {
    const value = `ek_${randomBytes(16).toString('hex')}`
    const parsed = JSON.parse(body || '{}')
    const session = { type: 'realtime', ...(parsed.session ?? parsed) }
    secrets.set(value, session.model)
    const expiry = lifetime === null ? {} : { expires_at: Math.floor(Date.now() / 1_000) + lifetime }
    return inSession
      ? { ...session, client_secret: { value, ...expiry } }
      : { value, ...expiry, session: { ...session, model: `${session.model}-2026-01-01` } }
  }

  const server = createServer(async (request, response) => {
    const authorization = await note(request)
    const refuse = () => {
      response.writeHead(401, { 'content-type': 'application/json' })
      const message = `Incorrect API key provided: ${authorization.slice(7)}.`
      response.end(
        JSON.stringify({
          error: { message, type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
        }),
      )
    }
    const [path] = (request.url ?? '').split('?')
    if (path === '/v1/realtime/calls') {
      if (!isOwn(authorization) && !isSecret(authorization)) return refuse()
      const id = `rtc_${randomBytes(8).toString('hex')}`
      calls.add(id)
      response.writeHead(201, {
        'content-type': 'application/sdp',
        location: `/v1/realtime/calls/${id}`,
      })
      return void response.end('v=0\r\nanswer')
    }
    if (!isOwn(authorization)) return refuse()
    const accepted = /^\/v1\/realtime\/calls\/([^/]+)\/accept$/.exec(path ?? '')?.[1]
    if (accepted !== undefined) return void response.writeHead(calls.has(accepted) ? 200 : 404).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    if (path === '/v1/live/sessions')
      return void response.end(JSON.stringify({ id: `live_${randomBytes(8).toString('hex')}` }))
    const body = seen.at(-1)?.body ?? ''
    response.end(JSON.stringify(secretFor(body, !/client_secrets$/.test(path ?? ''))))
  })
  const sessions = new WebSocketServer({ noServer: true })
  server.on('upgrade', async (request, socket, head) => {
    const authorization = await note(request, 'UPGRADE')
    if (!isOwn(authorization) && !isSecret(authorization)) {
      const body = JSON.stringify({
        error: { message: `Incorrect API key provided: ${authorization.slice(7)}.`, code: 'invalid_api_key' },
      })
      return void socket.end(
        `HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    }
    sessions.handleUpgrade(request, socket, head, (peer: WebSocket) => {
      peer.on('error', () => undefined)
      peer.on('message', () =>
        peer.send(JSON.stringify({ type: 'response.done', response: { usage: USAGE } })),
      )
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  const port = await listenOnLoopback(server)
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    seen,
    lifetime(seconds) {
      lifetime = seconds
    },
    forget: () => secrets.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
