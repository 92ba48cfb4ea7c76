// The REST API of the original product, and the exports: paths, parameters and field names over the same services as GraphQL.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuseOtherSites, requireJson } from '../auth/csrf.ts'
import { identify } from '../auth/identify.ts'
import { readText } from '../auth/read-body.ts'
import { requireFresh } from '../auth/second-factors/confirm-identity.ts'
import { AdminError, MissingScope } from '../domain/admin-errors.ts'
import type { Requester } from '../domain/admins/actor.ts'
import type { Scope } from '../domain/admins/permissions.ts'
import { ALREADY_REVEALED } from '../domain/automation/idempotency-key.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { createKey, deleteKey, keyStats, listKeys, revokeKey } from './api-keys.ts'
import { listLogs, listLogsOfKey } from './api-logs.ts'
import { downloadBackup } from './export/download-backup.ts'
import { exportAudit, exportLogs, exportUsage } from './export/serve-export.ts'
import {
  CREATE_KEY,
  DELETE_KEY,
  KEY_STATS,
  LIST_KEYS,
  LIST_LOGS,
  LIST_LOGS_OF_KEY,
  REVOKE_KEY,
} from './openapi/admin-operations.ts'
import { DOWNLOAD_BACKUP, EXPORT_AUDIT, EXPORT_LOGS, EXPORT_USAGE } from './openapi/export-operations.ts'
import { type DocumentedPath, type Operation, queryNames } from './openapi/operation.ts'
import { onlyParameters } from './parameters.ts'
import { restHandler, sendError, sendJson } from './response.ts'
import { type RestCall, SENT } from './rest-call.ts'
import { keyOfChange, type ShownOnce, sendChangeOnce } from './run-change-once.ts'

/**
 * `operation`: what it takes and sends, as the OpenAPI document says it.
 * `stepUp`: a person must have confirmed lately who he is.
 */
type Endpoint = {
  scope: Scope
  stepUp?: true
  operation: Operation
  handle(call: RestCall): Promise<unknown>
}

const BODY_MAX_BYTES = 65_536

/** Every path, and what each of its methods asks for. */
export const ROUTES: { path: RegExp; methods: Partial<Record<string, Endpoint>> }[] = [
  {
    path: /^\/api\/api-keys$/,
    methods: {
      GET: { scope: 'keys:read', operation: LIST_KEYS, handle: listKeys },
      POST: { scope: 'keys:write', operation: CREATE_KEY, handle: createKey },
    },
  },
  {
    path: /^\/api\/api-keys\/([^/]+)$/,
    methods: {
      DELETE: { scope: 'keys:write', stepUp: true, operation: DELETE_KEY, handle: deleteKey },
    },
  },
  {
    path: /^\/api\/api-keys\/([^/]+)\/revoke$/,
    methods: { POST: { scope: 'keys:write', operation: REVOKE_KEY, handle: revokeKey } },
  },
  {
    path: /^\/api\/api-keys\/([^/]+)\/stats$/,
    methods: { GET: { scope: 'usage:read', operation: KEY_STATS, handle: keyStats } },
  },
  {
    path: /^\/api\/api-keys\/([^/]+)\/logs$/,
    methods: { GET: { scope: 'logs:read', operation: LIST_LOGS_OF_KEY, handle: listLogsOfKey } },
  },
  {
    path: /^\/api\/api-logs$/,
    methods: { GET: { scope: 'logs:read', operation: LIST_LOGS, handle: listLogs } },
  },
  {
    path: /^\/export\/logs\.([a-z]+)$/,
    methods: { GET: { scope: 'logs:read', operation: EXPORT_LOGS, handle: exportLogs } },
  },
  {
    path: /^\/export\/usage\.([a-z]+)$/,
    methods: { GET: { scope: 'usage:read', operation: EXPORT_USAGE, handle: exportUsage } },
  },
  {
    path: /^\/export\/backups\/([^/]+)\.tar$/,
    methods: {
      GET: { scope: 'backups:read', stepUp: true, operation: DOWNLOAD_BACKUP, handle: downloadBackup },
    },
  },
  {
    path: /^\/export\/audit\.([a-z]+)$/,
    methods: { GET: { scope: 'audit:read', operation: EXPORT_AUDIT, handle: exportAudit } },
  },
]

/** The same as the OpenAPI document has them. */
export const ADMIN_PATHS: readonly DocumentedPath[] = ROUTES.flatMap(({ path, methods }) =>
  Object.entries(methods).flatMap(([method, endpoint]) =>
    endpoint === undefined || !isDocumented(method)
      ? []
      : [
          {
            path: templateOf(path),
            method,
            security: { admin: endpoint.scope },
            operation: endpoint.operation,
          },
        ],
  ),
)

/** The parameters of paths are the key or the backup, and the format of an export. */
function templateOf(path: RegExp): string {
  const plain = path.source.slice(1, -1).replaceAll('\\', '')
  const id = plain.includes('/backups/') ? '{backup_id}' : '{key_id}'
  return plain.replace('([^/]+)', id).replace('([a-z]+)', '{format}')
}

function isDocumented(method: string): method is DocumentedPath['method'] {
  return method === 'GET' || method === 'POST' || method === 'DELETE'
}

/** Serves /api/* and /export/* to admins, by session or admin token. */
export function createRestHandler(
  plane: ControlPlane,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return restHandler(
    (request, response, client) => serve(plane, request, response, client),
    (response, client, error) => sendError(plane, response, client, error),
  )
}

async function serve(
  plane: ControlPlane,
  request: IncomingMessage,
  response: ServerResponse,
  client: Requester,
): Promise<void> {
  const [path = '', queryText = ''] = (request.url ?? '').split(/\?(.*)/s)
  const route = ROUTES.find((candidate) => candidate.path.test(path))
  if (route === undefined)
    throw new AdminError(
      'NOT_FOUND',
      `There is no ${path.slice(0, 100)} in this API. /openapi.json lists what there is.`,
    )
  // RFC 9110 §9.3.2: HEAD is GET without a body, which Node leaves out.
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '')
  const endpoint = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined
  if (endpoint === undefined) {
    const allowed = Object.keys(route.methods).join(', ')
    response.setHeader('allow', allowed)
    throw new AdminError('METHOD_NOT_ALLOWED', `This path takes ${allowed}.`)
  }
  if (method !== 'GET' && request.headers.authorization === undefined) {
    // With a session cookie a change must come from a page of our own origin, and be JSON, which no HTML form can send.
    refuseOtherSites(request.headers)
    requireJson(request.headers)
  }
  const { actor, session } = await identify(plane, request, client)
  if (actor === null) throw new AdminError('UNAUTHENTICATED')
  if (session?.mustEnrol) throw new AdminError('SECOND_FACTOR_REQUIRED')
  if (!actor.scopes.has(endpoint.scope)) throw new MissingScope(endpoint.scope)
  if (endpoint.stepUp) await requireFresh(plane, session)
  const query = new URLSearchParams(queryText)
  onlyParameters(query, queryNames(endpoint.operation))
  const call = { plane, actor, keyId: route.path.exec(path)?.[1] ?? '', query, request, response }
  const key = keyOfChange({ request, method })
  if (key === null) {
    const value = await endpoint.handle({ ...call, json: () => readJson(request) })
    if (value !== SENT) sendJson(response, 200, value)
    return
  }
  const text = await readText(request, BODY_MAX_BYTES)
  const change = { plane, actor, request, response, method }
  await sendChangeOnce(change, key, text, SHOWN_ONCE, () =>
    endpoint.handle({ ...call, json: async () => parsed(request, text) }),
  )
}

const SHOWN_ONCE: ShownOnce = {
  members: ['api_key'],
  error: (param) => ({ code: 'ALREADY_REVEALED', message: ALREADY_REVEALED, param }),
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  requireJson(request.headers)
  return parsed(request, await readText(request, BODY_MAX_BYTES))
}

function parsed(request: IncomingMessage, text: string): unknown {
  requireJson(request.headers)
  try {
    return JSON.parse(text)
  } catch {
    throw new AdminError('BAD_USER_INPUT', 'The body is not valid JSON.')
  }
}
