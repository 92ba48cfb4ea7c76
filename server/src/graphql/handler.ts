// /graphql over HTTP: checks requests, identifies the actor, and sends responses.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isHttps } from '../auth/client-connection.ts'
import { refuseOtherSites, requireJson, requirePreflight } from '../auth/csrf.ts'
import { beginError } from '../auth/error-headers.ts'
import {
  hasSessionCookie,
  type Identity,
  identify,
  isStillIdentified,
  requesterOf,
} from '../auth/identify.ts'
import { relyingPartyOf } from '../auth/passkeys/relying-party.ts'
import { readText } from '../auth/read-body.ts'
import { createChallenges } from '../auth/second-factors/challenges.ts'
import { createCodeThrottle } from '../auth/second-factors/code-throttle.ts'
import { clearedSessionCookie, sessionCookie } from '../auth/session-cookie.ts'
import { SESSION_HEADER, sessionSecret } from '../auth/session-secret.ts'
import { deviceCookie } from '../auth/sign-in/known-device.ts'
import { createSignInThrottle } from '../auth/sign-in/sign-in-throttle.ts'
import { createStrangerBodies } from '../auth/stranger-bodies.ts'
import { ADMIN_ERRORS, AdminError } from '../domain/admin-errors.ts'
import type { Requester } from '../domain/admins/actor.ts'
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../domain/automation/idempotency-key.ts'
import { sentIdempotencyKey } from '../services/automation/idempotency.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { createRecordTail } from '../services/logs/tail-request-logs.ts'
import { runMutationOnce } from './automation/run-mutation-once.ts'
import type { GraphqlContext } from './context.ts'
import { createPersistedQueries } from './document/persisted-queries.ts'
import {
  operationInBody,
  operationInUrl,
  operationKind,
  type SentOperation,
} from './document/sent-operation.ts'
import { sendAsset } from './graphiql/assets.ts'
import { type ShellFor, sendShell } from './graphiql/shell.ts'
import { gzipped } from './response/compressed-body.ts'
import { sendStream } from './response/send-stream.ts'
import { rowLoaders } from './row-loaders.ts'
import { createAdminYoga, createStrangerYoga } from './yoga.ts'

const PATH = '/graphql'
const BODY_MAX_BYTES = 1_048_576
const STREAM = 'text/event-stream'
const GET_WITHOUT_TOKEN =
  'A GET needs an admin token, as "Authorization: Bearer <token>". Send operations of a session with POST.'

/** Serves /graphql and /graphql/assets/*. */
export function createGraphqlHandler(
  plane: ControlPlane,
): (request: IncomingMessage, response: ServerResponse) => void {
  const engines = { admin: createAdminYoga(), stranger: createStrangerYoga() }
  const strangerBodies = createStrangerBodies()
  const throttle = createSignInThrottle()
  const challenges = createChallenges()
  const codes = createCodeThrottle()
  const tail = createRecordTail(plane.ledger)
  const persisted = createPersistedQueries()

  /** For whom the page is that this request opens. */
  async function pageFor(request: IncomingMessage, client: Requester): Promise<ShellFor> {
    if (request.headers.authorization === undefined)
      return (await hasSessionCookie(plane, request)) ? 'SESSION' : 'STRANGER'
    return (await identify(plane, request, client)).actor === null ? 'STRANGER' : 'ADMIN_TOKEN'
  }

  async function readPost(
    request: IncomingMessage,
    response: ServerResponse,
    client: Requester,
  ): Promise<[Identity, SentOperation]> {
    if (request.method !== 'POST') throw notAllowed(response, 'GET, POST', 'Send operations with POST.')
    requireJson(request.headers)
    // A browser sends a cookie by itself, and no token: what uses or creates a cookie must come from our own pages.
    if (request.headers.authorization === undefined) refuseOtherSites(request.headers)
    // Identified by its head alone: of a stranger less is read.
    const identity = await identify(plane, request, client)
    const body =
      identity.actor === null
        ? await strangerBodies.read(request, client.ip)
        : await readText(request, BODY_MAX_BYTES)
    return [identity, operationInBody(body)]
  }

  /** For admin tokens alone, so that no link that a browser follows, with the cookies that it has, runs anything. */
  async function readGet(
    request: IncomingMessage,
    response: ServerResponse,
    client: Requester,
  ): Promise<[Identity, SentOperation]> {
    const search = (request.url ?? '').split('?').slice(1).join('?')
    if (search === '') {
      const message = 'Send operations with POST. Open this address in a browser for GraphiQL.'
      throw notAllowed(response, 'GET, POST', message)
    }
    if (request.headers.authorization === undefined)
      throw new AdminError('UNAUTHENTICATED', GET_WITHOUT_TOKEN)
    requirePreflight(request.headers)
    return [await identify(plane, request, client), operationInUrl(search)]
  }

  async function serve(request: IncomingMessage, response: ServerResponse, client: Requester): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (path.startsWith(`${PATH}/assets/`)) return sendAsset(request, response, path.slice(PATH.length + 8))
    if (path !== PATH && path !== `${PATH}/`) throw new AdminError('NOT_FOUND')
    if (isReading(request) && request.headers.accept?.includes('text/html')) {
      return sendShell(response, await pageFor(request, client))
    }
    const [identity, arrived] = isReading(request)
      ? await readGet(request, response, client)
      : await readPost(request, response, client)
    const sent = persisted.resolve(arrived, identity.actor !== null)
    if (isReading(request)) refuseChanges(response, operationKind(sent))
    const secure = isHttps(request, plane.publicUrl)
    const accept = acceptable(request.headers.accept)
    const context: GraphqlContext = {
      plane,
      throttle,
      challenges,
      codes,
      site: relyingPartyOf(request, plane.publicUrl),
      tail,
      streams: accept === STREAM,
      sent,
      outcome: null,
      client,
      ...identity,
      cookies: request.headers.cookie,
      accessHolds: async () =>
        identity.actor !== null && isStillIdentified(plane, request, client, identity.actor),
      setSession(signedIn) {
        if (signedIn === null) {
          response.setHeader('set-cookie', clearedSessionCookie(secure))
          response.setHeader(SESSION_HEADER, '')
          return
        }
        const { sessionToken, sessionMs, deviceToken } = signedIn
        const device = deviceToken === null ? [] : [deviceCookie(deviceToken, secure)]
        response.setHeader('set-cookie', [sessionCookie(sessionToken, secure, sessionMs), ...device])
        response.setHeader(SESSION_HEADER, sessionSecret(plane.encryptionKey, sessionToken))
      },
      ...rowLoaders(plane, identity.actor, accept !== STREAM),
    }
    const headers = { 'content-type': 'application/json', accept }
    const engine = identity.actor === null ? engines.stranger : engines.admin
    const idempotencyKey = sentIdempotencyKey(request.headers[IDEMPOTENCY_HEADER])
    if (identity.actor !== null && idempotencyKey !== null && operationKind(sent) === 'mutation') {
      const once = await runMutationOnce(context, identity.actor, idempotencyKey, sent.json, engine)
      if (once.replayed) response.setHeader(REPLAYED_HEADER, 'true')
      return send(response, once.status, 'application/json; charset=utf-8', once.body)
    }
    const result = await engine.fetch(
      `http://latchkey${PATH}`,
      { method: 'POST', headers, body: sent.json },
      context,
    )
    if (result.body !== null && result.headers.get('content-type')?.startsWith(STREAM)) {
      return sendStream(response, result.status, result.body)
    }
    const contentType = result.headers.get('content-type') ?? 'application/json'
    const body = await result.text()
    // Mutations return secrets, whose length a compressed response beside what others have chosen would tell (BREACH).
    if (operationKind(sent) !== 'query') return send(response, result.status, contentType, body)
    response.setHeader('vary', 'accept-encoding')
    const bytes = await gzipped(body, request.headers['accept-encoding'])
    if (bytes !== null) response.setHeader('content-encoding', 'gzip')
    send(response, result.status, contentType, bytes ?? body)
  }

  return (request, response) => {
    const client = requesterOf(request)
    response.setHeader('x-request-id', client.requestId)
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    serve(request, response, client).catch((error: unknown) => sendError(plane, response, client, error))
  }
}

/** RFC 9110 §9.3.2: HEAD is GET without a body, which Node leaves out. */
function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Throws METHOD_NOT_ALLOWED for what a GET may not run (GraphQL over HTTP, "GET": a query alone); null: what cannot be run at all. */
function refuseChanges(response: ServerResponse, kind: ReturnType<typeof operationKind>): void {
  if (kind === 'query' || kind === null) return
  throw notAllowed(response, 'POST', `A GET runs queries alone. Send this ${kind} with POST.`)
}

function notAllowed(response: ServerResponse, methods: string, message: string): AdminError {
  response.setHeader('allow', methods)
  return new AdminError('METHOD_NOT_ALLOWED', message)
}

/** The media type of the response, one of three. A client that accepts an event stream gets one: a subscription needs it. */
function acceptable(accept: string | undefined): string {
  if (accept?.includes(STREAM)) return STREAM
  return accept?.includes('application/graphql-response+json')
    ? 'application/graphql-response+json'
    : 'application/json'
}

function sendError(
  plane: ControlPlane,
  response: ServerResponse,
  { requestId }: Requester,
  error: unknown,
): void {
  const known = beginError(response, error, (fault) => plane.onFault?.(fault, requestId))
  if (known === null) return
  const { code, message } = known
  const body = JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] })
  send(response, ADMIN_ERRORS[code].status, 'application/json', body)
}

function send(response: ServerResponse, status: number, contentType: string, body: string | Buffer): void {
  response
    .writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
    .end(body)
}
