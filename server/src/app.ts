// Builds the whole server from a configuration: one node:http server, its rooms behind it. Tests build this too.
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { createAdminFaces } from './admin-faces.ts'
import { ensureEnvironmentToken } from './auth/admin-token.ts'
import { ensureEnvironmentAdmin } from './auth/environment-admin.ts'
import { callerOf, identify } from './auth/identify.ts'
import { mintSetupToken } from './auth/setup.ts'
import type { Config } from './config.ts'
import { callError } from './domain/errors.ts'
import { withEcho } from './gateway/echo/echo-client.ts'
import { errorBody, errorHeaders } from './gateway/error-answer.ts'
import { createEstimator } from './gateway/estimate/estimator.ts'
import { GATEWAY_LIMITS, type Gateway, type GatewayLimits } from './gateway/gateway.ts'
import { createKeyDirectory } from './gateway/key-directory.ts'
import { createModelList } from './gateway/model-list.ts'
import { createGatewayHandler } from './gateway/node-handler.ts'
import { REALTIME_LIMITS, type RealtimeLimits } from './gateway/realtime/limits.ts'
import { createRealtime, type Realtime } from './gateway/realtime/realtime.ts'
import { createRoutes } from './gateway/routes.ts'
import { type UpstreamClient, type UpstreamTimeouts, undiciClient } from './gateway/upstream-client.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'
import { createConsoleFiles } from './ops/console-files.ts'
import { createHealth } from './ops/health.ts'
import { createMetrics } from './ops/metrics.ts'
import type { ControlPlane } from './services/control-plane.ts'
import { findKeyByHash } from './store/api-keys.ts'
import { openStore } from './store/open-store.ts'
import { takeOwnership } from './store/owner-lock.ts'
import type { Store } from './store/store.ts'

export type AppOptions = {
  config: Config
  /** 32 bytes: what encrypted copies are encrypted with. */
  encryptionKey: Uint8Array
  log: Logger
  /** Milliseconds since the epoch. */
  clock?: () => number
  limits?: GatewayLimits
  /** In place of those in `config`. */
  timeouts?: UpstreamTimeouts
  realtime?: RealtimeLimits
  /** Makes the client that carries calls to upstreams; absent: undici's. */
  upstreamClient?: (timeouts: UpstreamTimeouts) => UpstreamClient
}

export type App = {
  server: Server
  store: Store
  ledger: Ledger
  /** Listens and answers the base URL, with the port that was given or found. */
  listen(): Promise<string>
  /** The one-time token of the setup link; null once an admin exists. */
  setupToken: string | null
  /** The model that `auto` stands for, as it may be shown. */
  defaultModel: string
  /** Stops taking calls, lets those under way finish for up to `graceMs`, and writes what is left to the ledger. */
  close(graceMs?: number): Promise<void>
}

const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }
).version

/**
 * Takes the data directory, opens the database, brings it up to date, and builds everything; nothing listens yet.
 * Rejects with OwnedError where another process has the directory, with MigrationError for a database not to be touched.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, clock = Date.now } = options
  const startedAtMs = clock()
  mkdirSync(config.dataDir, { recursive: true })
  // Before anything in it is read or changed.
  const ownership = takeOwnership(join(config.dataDir, 'owner.lock'), `The data directory ${config.dataDir}`)
  const store = await openStore(config.database).catch((error) => {
    ownership.release()
    throw error
  })
  if (config.adminPassword !== null) await ensureEnvironmentAdmin(store, clock, config.adminPassword)
  await ensureEnvironmentToken(store, clock, config.adminToken)
  const setupToken = await mintSetupToken(store, clock)
  const ledger = openLedger({
    folder: join(config.dataDir, 'journal'),
    database: config.database,
    keepLogsMs: daysMs(config.retention.logDays),
    keepSumsMs: daysMs(config.retention.statsDays),
    onTrouble: (where, message) => {
      if (message === null) log.info({ where }, 'the ledger works again')
      else
        log.error(
          { where, problem: message },
          'the ledger cannot keep up; calls go on, and nothing is lost so far',
        )
    },
    onQuarantine: (count) =>
      log.error(
        { quarantined: count },
        'parts of the journal could not be read; they are kept in journal/quarantine',
      ),
  })
  const gateway = createGateway(options, store, ledger, clock)
  const defaultModel = config.defaultModel ?? 'auto'
  const draining = new AbortController()
  const plane: ControlPlane = {
    store,
    ledger,
    draining: draining.signal,
    clock,
    encryptionKey: options.encryptionKey,
    announceKeyChange: (hashHex) => gateway.keys.forget(hashHex),
    server: {
      version: VERSION,
      startedAtMs,
      models: () => gateway.models.known().map((model) => model.id),
      defaultModel: () => defaultModel,
    },
    onFault: (error, requestId) => log.error({ err: error, requestId }, 'an admin request failed'),
  }
  const health = createHealth(store)
  const metrics = createMetrics(ledger, VERSION, async (request) => {
    const { actor } = await identify({ store, clock }, request, callerOf(request))
    return actor !== null
  })
  const realtime = createRealtime(gateway, options.realtime ?? REALTIME_LIMITS)
  const server = createServer(
    // A server may ignore any other wish for another protocol (RFC 9110 §7.8); some clients send one with every request.
    { ...HTTP_LIMITS, shouldUpgradeCallback: realtime.takes },
    router(gateway, plane, [health, metrics]),
  )
  server.on('request', noteAnswer)
  server.on('upgrade', (request, _socket, head) => upgrade(realtime, request, head))
  server.on('clientError', refuseMalformed)
  let closing: Promise<void> | null = null

  return {
    server,
    store,
    ledger,
    setupToken,
    defaultModel,
    listen: () => listen(server, config),
    close: (graceMs = 30_000) => {
      closing ??= (async () => {
        health.drain()
        draining.abort()
        await Promise.all([stop(server, graceMs), realtime.close(graceMs)])
        await gateway.client.close()
        await gateway.estimator.close()
        await ledger
          .close()
          .finally(() => store.close())
          .finally(() => ownership.release())
      })()
      return closing
    },
  }
}

function daysMs(days: number | null): number | null {
  return days === null ? null : days * 86_400_000
}

function createGateway(options: AppOptions, store: Store, ledger: Ledger, clock: () => number): Gateway {
  const { config, log } = options
  const routes = createRoutes(config.upstreams, config.defaultModel)
  const client = withEcho(
    (options.upstreamClient ?? undiciClient)(options.timeouts ?? config.timeouts),
    clock,
  )
  return {
    keys: createKeyDirectory((hash) => findKeyByHash(store, hash)),
    routes,
    models: createModelList(routes, client, clock),
    client,
    limits: options.limits ?? GATEWAY_LIMITS,
    drainMs: config.drainMs,
    callerIdleMs: config.callerIdleMs,
    estimator: createEstimator(),
    clock,
    open: (call) => ledger.open(call),
    record: (record, written) => ledger.record(record, written),
    onMistake: (error, requestId) => log.error({ err: error, requestId }, 'a call failed inside the gateway'),
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

function router(
  gateway: Gateway,
  plane: ControlPlane,
  ops: { handle(request: IncomingMessage, response: ServerResponse): boolean }[],
): Handler {
  const v1 = createGatewayHandler(gateway)
  const faces = createAdminFaces(plane)
  const files = createConsoleFiles(join(import.meta.dirname, '../../console/build'))
  return (request, response) => {
    const url = request.url ?? '/'
    if (url.startsWith('/v1/')) v1(request, response)
    else if (under(url, '/graphql')) faces.graphql(request, response)
    else if (under(url, '/api')) faces.rest(request, response)
    else if (under(url, '/v1')) v1(request, response)
    else if (!ops.some((room) => room.handle(request, response))) {
      faces.load()
      files(request, response)
    }
  }
}

function under(url: string, path: string): boolean {
  return (
    url.startsWith(path) &&
    (url.length === path.length || url[path.length] === '/' || url[path.length] === '?')
  )
}

// Long enough for a large upload on a slow line; a head comes at once or not at all.
const HTTP_LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 15 * 60_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 32 * 1024,
  noDelay: true,
}

// The oldest answer of each connection that may still be under way.
const answers = new WeakMap<Duplex, ServerResponse>()

function noteAnswer({ socket }: IncomingMessage, response: ServerResponse): void {
  if (answers.get(socket)?.writableFinished !== false) answers.set(socket, response)
}

function upgrade(realtime: Realtime, request: IncomingMessage, head: Buffer): void {
  // Sent without waiting for the answer before it: the two would come out mixed.
  if (answers.get(request.socket)?.writableFinished === false) request.socket.destroy()
  else realtime.handle(request, head)
}

/** What is not HTTP never reaches a room; it gets an answer that a person can read, and the connection ends. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const answer = answers.get(socket)
  // In the middle of an answer a second head would pass for a part of it.
  const answering = answer?.headersSent === true && !answer.writableFinished
  if (error.code === 'ECONNRESET' || !socket.writable || answering) return void socket.destroy()
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  const refusal = callError('invalid_request', {
    message: `${status.slice(4)}: the request is not well-formed HTTP.`,
  })
  const body = errorBody(refusal)
  const headers = { ...errorHeaders(refusal), 'content-length': String(body.length), connection: 'close' }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('')}\r\n${body.toString('utf8')}`)
}

function listen(server: Server, config: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, () => {
      server.off('error', reject)
      const { port } = server.address() as AddressInfo
      // What a browser on this machine can open; a wildcard address is none.
      const host = /^(0\.0\.0\.0|::)$/.test(config.host) ? '127.0.0.1' : config.host
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${port}`)
    })
  })
}

// How soon, while stopping, a connection is let go whose last answer has ended.
const IDLE_CHECK_MS = 50

async function stop(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // Node keeps a connection whose last answer ends after this for as long as any idle one.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const timer = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(idle)
  clearTimeout(timer)
}
