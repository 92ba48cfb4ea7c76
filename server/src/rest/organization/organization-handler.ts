// OpenAI's admin API over the services of the control plane: https://platform.openai.com/docs/api-reference/administration. For
// admin tokens alone, with OpenAI's shapes, and its form of errors. docs/reference/organization-api.md says what has no counterpart.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { requireJson } from '../../auth/csrf.ts'
import { beginError } from '../../auth/error-headers.ts'
import { identify } from '../../auth/identify.ts'
import { readText } from '../../auth/read-body.ts'
import { ADMIN_ERRORS, AdminError, type AdminErrorCode, MissingScope } from '../../domain/admin-errors.ts'
import type { Requester } from '../../domain/admins/actor.ts'
import { ALREADY_REVEALED } from '../../domain/automation/idempotency-key.ts'
import { ORGANIZATION_ROOT } from '../../domain/endpoints/endpoints.ts'
import { isObject } from '../../domain/is-object.ts'
import type { ControlPlane } from '../../services/control-plane.ts'
import { type DocumentedPath, queryNames } from '../openapi/operation.ts'
import { organizationOperation } from '../openapi/organization/organization-operations.ts'
import { restHandler, sendJson } from '../response.ts'
import { keyOfChange, type ShownOnce, sendChangeOnce } from '../run-change-once.ts'
import { auditLogs } from './organization-audit.ts'
import { type OrganizationEndpoint, onlyKnown } from './organization-call.ts'
import { costs } from './organization-costs.ts'
import { createInvite, deleteInvite, listInvites, retrieveInvite } from './organization-invites.ts'
import {
  archiveProject,
  createProject,
  listProjects,
  retrieveProject,
  updateProject,
} from './organization-owners.ts'
import {
  deleteSpendLimit,
  listRateLimits,
  retrieveSpendLimit,
  updateRateLimit,
  updateSpendLimit,
} from './organization-policies.ts'
import {
  createProjectUser,
  deleteProjectUser,
  listProjectUsers,
  retrieveProjectUser,
  updateProjectUser,
} from './organization-project-users.ts'
import {
  createServiceAccount,
  deleteProjectKey,
  deleteServiceAccount,
  listProjectKeys,
  listServiceAccounts,
  retrieveProjectKey,
  retrieveServiceAccount,
  updateProjectKey,
  updateServiceAccount,
} from './organization-projects.ts'
import { listRoles, retrieveRole } from './organization-roles.ts'
import { createAdminKey, deleteAdminKey, listAdminKeys, retrieveAdminKey } from './organization-tokens.ts'
import { usageOf } from './organization-usage.ts'
import { deleteUser, listUsers, retrieveUser, updateUser } from './organization-users.ts'

const BODY_MAX_BYTES = 65_536
// The longest identifier is a model's name of 200 characters, encoded.
const PATH_MAX = 1_500

/** Below ORGANIZATION_ROOT, with `*` for an identifier. */
export const ORGANIZATION_ROUTES: Readonly<
  Record<string, Partial<Record<'GET' | 'POST' | 'DELETE', OrganizationEndpoint>>>
> = {
  'usage/completions': { GET: { scope: 'usage:read', handle: usageOf('completions') } },
  'usage/decisions': { GET: { scope: 'usage:read', handle: usageOf('decisions') } },
  'usage/embeddings': { GET: { scope: 'usage:read', handle: usageOf('embeddings') } },
  'usage/moderations': { GET: { scope: 'usage:read', handle: usageOf('moderations') } },
  'usage/images': { GET: { scope: 'usage:read', handle: usageOf('images') } },
  'usage/audio_speeches': { GET: { scope: 'usage:read', handle: usageOf('audio_speeches') } },
  'usage/audio_transcriptions': { GET: { scope: 'usage:read', handle: usageOf('audio_transcriptions') } },
  'usage/code_interpreter_sessions': {
    GET: { scope: 'usage:read', handle: usageOf('code_interpreter_sessions') },
  },
  'usage/file_search_calls': { GET: { scope: 'usage:read', handle: usageOf('file_search_calls') } },
  'usage/web_search_calls': { GET: { scope: 'usage:read', handle: usageOf('web_search_calls') } },
  costs: { GET: { scope: 'usage:read', handle: costs } },
  audit_logs: { GET: { scope: 'audit:read', handle: auditLogs } },
  admin_api_keys: {
    GET: { scope: 'admins:read', handle: listAdminKeys },
    POST: { scope: 'admins:write', handle: createAdminKey },
  },
  'admin_api_keys/*': {
    GET: { scope: 'admins:read', handle: retrieveAdminKey },
    DELETE: { scope: 'admins:write', handle: deleteAdminKey },
  },
  users: { GET: { scope: 'admins:read', handle: listUsers } },
  'users/*': {
    GET: { scope: 'admins:read', handle: retrieveUser },
    POST: { scope: 'admins:write', handle: updateUser },
    DELETE: { scope: 'admins:write', handle: deleteUser },
  },
  roles: { GET: { scope: 'admins:read', handle: listRoles } },
  'roles/*': { GET: { scope: 'admins:read', handle: retrieveRole } },
  invites: {
    GET: { scope: 'admins:read', handle: listInvites },
    POST: { scope: 'admins:write', handle: createInvite },
  },
  'invites/*': {
    GET: { scope: 'admins:read', handle: retrieveInvite },
    DELETE: { scope: 'admins:write', handle: deleteInvite },
  },
  projects: {
    GET: { scope: 'owners:read', handle: listProjects },
    POST: { scope: 'owners:write', handle: createProject },
  },
  'projects/*': {
    GET: { scope: 'owners:read', handle: retrieveProject },
    POST: { scope: 'owners:write', handle: updateProject },
  },
  'projects/*/archive': { POST: { scope: 'owners:write', handle: archiveProject } },
  'projects/*/api_keys': { GET: { scope: 'keys:read', handle: listProjectKeys } },
  'projects/*/api_keys/*': {
    GET: { scope: 'keys:read', handle: retrieveProjectKey },
    POST: { scope: 'keys:write', handle: updateProjectKey },
    DELETE: { scope: 'keys:write', handle: deleteProjectKey },
  },
  'projects/*/service_accounts': {
    GET: { scope: 'keys:read', handle: listServiceAccounts },
    POST: { scope: 'keys:write', handle: createServiceAccount },
  },
  'projects/*/service_accounts/*': {
    GET: { scope: 'keys:read', handle: retrieveServiceAccount },
    POST: { scope: 'keys:write', handle: updateServiceAccount },
    DELETE: { scope: 'keys:write', handle: deleteServiceAccount },
  },
  'projects/*/users': {
    GET: { scope: 'admins:read', handle: listProjectUsers },
    POST: { scope: 'admins:write', handle: createProjectUser },
  },
  'projects/*/users/*': {
    GET: { scope: 'admins:read', handle: retrieveProjectUser },
    POST: { scope: 'admins:write', handle: updateProjectUser },
    DELETE: { scope: 'admins:write', handle: deleteProjectUser },
  },
  'projects/*/rate_limits': { GET: { scope: 'owners:read', handle: listRateLimits } },
  'projects/*/rate_limits/*': { POST: { scope: 'owners:write', handle: updateRateLimit } },
  'projects/*/spend_limit': {
    GET: { scope: 'owners:read', handle: retrieveSpendLimit },
    POST: { scope: 'owners:write', handle: updateSpendLimit },
    DELETE: { scope: 'owners:write', handle: deleteSpendLimit },
  },
}

/** The same as the OpenAPI document has them. */
export const ORGANIZATION_PATHS: readonly DocumentedPath[] = Object.entries(ORGANIZATION_ROUTES).flatMap(
  ([pattern, methods]) =>
    (['GET', 'POST', 'DELETE'] as const).flatMap((method) => {
      const endpoint = methods[method]
      if (endpoint === undefined) return []
      const operation = organizationOperation(method, pattern)
      return [{ path: templateOf(pattern), method, security: { admin: endpoint.scope }, operation }]
    }),
)

/** Each identifier has the name of what is before it: `projects/{project_id}`. */
function templateOf(pattern: string): string {
  const named = pattern.replace(/(\w+)s\/\*/g, '$1s/{$1_id}')
  return `${ORGANIZATION_ROOT}/${named}`
}

/** The names of the parameters of an endpoint; of `effective_at[gte]` the part before the bracket. */
function knownNames(method: string, pattern: string): string[] {
  return queryNames(organizationOperation(method, pattern)).map((name) => name.replace(/\[\w*\]$/, ''))
}

/** Serves every path below ORGANIZATION_ROOT. */
export function createOrganizationHandler(
  plane: ControlPlane,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return restHandler(
    (request, response, client) => serve(plane, request, response, client),
    (response, client, error) => sendOrganizationError(plane, response, client, error),
  )
}

async function serve(
  plane: ControlPlane,
  request: IncomingMessage,
  response: ServerResponse,
  client: Requester,
): Promise<void> {
  // A session's cookie counts for nothing here, so that no page of another origin can use it.
  if (request.headers.authorization === undefined) throw new AdminError('UNAUTHENTICATED', NO_TOKEN)
  const { actor } = await identify(plane, request, client)
  if (actor === null) throw new AdminError('UNAUTHENTICATED', NO_TOKEN)
  const [path = '', queryText = ''] = (request.url ?? '').split(/\?(.*)/s)
  const found = routeOf(path)
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '')
  if (found === null) throw new Unsupported(method, path)
  const { pattern, methods, ids } = found
  const endpoint = method === 'GET' || method === 'POST' || method === 'DELETE' ? methods[method] : undefined
  if (endpoint === undefined) {
    response.setHeader('allow', Object.keys(methods).join(', '))
    throw new Unsupported(method, path)
  }
  if (!actor.scopes.has(endpoint.scope)) throw new MissingScope(endpoint.scope)
  const query = new URLSearchParams(queryText)
  onlyKnown(query, knownNames(method, pattern))
  const call = { plane, actor, ids, query }
  const key = keyOfChange({ request, method })
  if (key === null) {
    const value = await endpoint.handle({
      ...call,
      json: async () => objectIn(request, await bodyOf(request)),
    })
    return sendJson(response, 200, value)
  }
  const text = await bodyOf(request)
  const change = { plane, actor, request, response, method }
  await sendChangeOnce(change, key, text, SHOWN_ONCE, () =>
    endpoint.handle({ ...call, json: async () => objectIn(request, text) }),
  )
}

const SHOWN_ONCE: ShownOnce = {
  members: ['value', 'url'],
  error: (param) => ({
    message: ALREADY_REVEALED,
    type: 'invalid_request_error',
    param,
    code: 'already_revealed',
  }),
}

const NO_TOKEN = 'Send an admin token as "Authorization: Bearer <token>".'

/** The API is OpenAI's, and this part of it has no counterpart here. */
class Unsupported extends AdminError {
  constructor(method: string, path: string) {
    super(
      'NOT_FOUND',
      `This gateway has no ${method.slice(0, 10)} ${path.slice(0, 200)}. Its GraphQL API at /graphql may have what you need.`,
    )
  }
}

function routeOf(path: string) {
  const below = path.slice(ORGANIZATION_ROOT.length + 1)
  if (!path.startsWith(`${ORGANIZATION_ROOT}/`) || below.length > PATH_MAX) return null
  const sent = below.split('/')
  for (const [pattern, methods] of Object.entries(ORGANIZATION_ROUTES)) {
    const segments = pattern.split('/')
    if (segments.length !== sent.length) continue
    const ids: string[] = []
    const isMatch = segments.every((segment, at) => {
      const text = sent[at] ?? ''
      if (segment !== '*') return segment === text
      ids.push(text)
      // Identifiers of this gateway need no encoding.
      return /^[\w.-]+$/.test(text)
    })
    if (isMatch) return { pattern, methods, ids }
  }
  return null
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return readText(request, BODY_MAX_BYTES)
}

function objectIn(request: IncomingMessage, text: string): Record<string, unknown> {
  if (text === '') return {}
  requireJson(request.headers)
  try {
    const body: unknown = JSON.parse(text)
    if (isObject(body)) return body
  } catch {
    // Said below, as for any other value.
  }
  throw new AdminError('BAD_USER_INPUT', 'The body must be one JSON object.')
}

/** OpenAI's `code`, for clients that look at it. */
const CODES: Partial<Record<AdminErrorCode, string>> = {
  UNAUTHENTICATED: 'invalid_api_key',
  FORBIDDEN: 'missing_scope',
  NOT_FOUND: 'not_found',
  RATE_LIMITED: 'rate_limit_exceeded',
  INTERNAL: 'internal_error',
}

function sendOrganizationError(
  plane: ControlPlane,
  response: ServerResponse,
  { requestId }: Requester,
  error: unknown,
): void {
  const known = beginError(response, error, (fault) => plane.onFault?.(fault, requestId))
  if (known === null) return
  const { code, message, param } = known
  const { status } = ADMIN_ERRORS[code]
  const type = status >= 500 ? 'server_error' : 'invalid_request_error'
  const wireCode = known instanceof Unsupported ? 'unsupported_endpoint' : (CODES[code] ?? null)
  sendJson(response, status, { error: { message, type, param, code: wireCode } })
}
