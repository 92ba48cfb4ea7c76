// Judges a call: what its key's status says, what the rules see of it, and which candidate routes are left to it. The
// gateway, explain and the back-test all judge by this file, so that all three say the same of the same call.
import type { Endpoint, EndpointRow } from '../endpoints/endpoints.ts'
import {
  hasUnknownCost,
  isFreeOfCharge,
  isOwnPath,
  isWebSocketPath,
  leavesModelToUpstream,
  mayUseModel,
  namesModelInSession,
} from '../endpoints/find-endpoint.ts'
import { type CallError, callError } from '../errors.ts'
import { type ApiKeyState, type ApiKeyStatus, statusAt } from '../keys/api-key.ts'
import { type FormerSecret, formerSecretAt } from '../keys/key-rotation.ts'
import { misspelledName } from '../member-names.ts'
import { type CompiledPolicy, modelRuleOf } from './compile-policy.ts'
import type { AdmissionRequest, Verdict } from './verdict.ts'

/** The status of a key, and until when the secret that was sent works; null: it is the current one. Milliseconds. */
export type SentKey = ApiKeyState & { formerUntilMs: number | null }

/** The error of a key that may make no call at an instant; null: it may. */
export function keyError(key: SentKey, nowMs: number): CallError | null {
  const isOwners = key.disabledAtMs === null && key.ownerDisabledAtMs !== null
  return statusError(statusAt(key, nowMs), formerSecretUsed(key, nowMs) === 'REPLACED', isOwners)
}

/**
 * The error of a key status, each a 401 whose text is in domain/error-catalogue.ts. `isReplaced`: the secret that was sent is a former one,
 * past its grace. `isOwners`: a disabled key is so because its owner is.
 */
export function statusError(status: ApiKeyStatus, isReplaced: boolean, isOwners = false): CallError | null {
  switch (status) {
    case 'ACTIVE':
      return isReplaced ? callError('api_key_replaced') : null
    case 'REVOKED':
      return callError('api_key_revoked')
    case 'DISABLED':
      // Enabling the key would not bring a replaced secret back.
      return callError(isReplaced ? 'api_key_replaced' : isOwners ? 'owner_disabled' : 'api_key_disabled')
    case 'EXPIRED':
      return callError('api_key_expired')
  }
}

/** Which former secret of the key was sent; null: its current one. */
export function formerSecretUsed({ formerUntilMs }: SentKey, nowMs: number): FormerSecret | null {
  return formerUntilMs === null ? null : formerSecretAt(formerUntilMs, nowMs)
}

/**
 * The error of an endpoint that is not open to a key, whatever its rules say of the call; null where it is. `policy` null:
 * the key is unrestricted. `path` without query.
 */
export function endpointError(
  { openTo, accountPath }: Endpoint,
  path: string,
  policy: CompiledPolicy | null,
): CallError | null {
  switch (openTo) {
    case 'ANY':
      return null
    case 'UNRESTRICTED':
      if (policy === null) return null
      return callError('unknown_url', {
        message: `Unknown request URL: ${path.slice(0, 200)}. This API key has rules, and may use known endpoints only.`,
      })
    case 'NAMED': {
      const endpoints = policy?.source.endpoints ?? null
      const isNamed =
        endpoints?.mode === 'ENFORCE' &&
        endpoints.allow.some((pattern) => pattern.startsWith(accountPath ?? pattern))
      return isNamed
        ? null
        : callError('endpoint_not_allowed', {
            message: `${path.slice(0, 200)} is of the account that all API keys share at the upstream. Ask an admin of this gateway to name it in the rule about endpoints of this API key.`,
          })
    }
  }
}

const MODEL: ReadonlySet<string> = new Set(['model'])

/**
 * The error of a call whose query names a model that is not the one that is judged, where its key has a policy: some upstreams
 * go by the query. A WebSocket may name its model there, once. `query` with its question mark, or empty.
 */
export function queryError(
  { methods, modelIn }: Pick<EndpointRow, 'methods' | 'modelIn'>,
  query: string,
  policy: CompiledPolicy | null,
): CallError | null {
  if (query === '' || policy === null || modelIn === 'NONE') return null
  const isNamedHere = modelIn === 'QUERY'
  if (!isNamedHere && modelIn !== 'MESSAGES' && !methods.includes('POST')) return null
  const names = [...new URLSearchParams(query).keys()]
  const count = names.filter((name) => name === 'model').length
  if (count <= (isNamedHere ? 1 : 0) && misspelledName(names, MODEL) === null) return null
  return callError('invalid_request', { param: 'model', message: isNamedHere ? ONE_MODEL : MODEL_IN_BODY })
}

const MODEL_IN_BODY =
  'Name the model in the body of the request alone: this API key has rules, and its URL must not name one.'
const ONE_MODEL = 'Name the model once, as `model`: this API key has rules, and its URL must name no other.'

/**
 * How a call uses models. NAMED: it may name one, and reaches that. UPSTREAM: only its upstream knows which, as of a batch or a
 * run, or uses it later, as of a session. NONE: it reaches no model, as a list of files.
 */
export type ModelUse = 'NAMED' | 'UPSTREAM' | 'NONE'

/** The model use of a request; `path` in its normal form, without query. `model` null: it names none. */
export function modelUseOf(method: string, path: string, model: string | null): ModelUse {
  // The session is opened later; its cost is not known.
  if (namesModelInSession(method, path)) return 'UPSTREAM'
  if (isWebSocketPath(path)) return 'NAMED'
  if (isOwnPath(path)) return model === null ? 'NONE' : 'NAMED'
  if (!mayUseModel(method, path)) return 'NONE'
  return model === null || leavesModelToUpstream(method, path) ? 'UPSTREAM' : 'NAMED'
}

/** In nano-USD: calls whose cost cannot be known beforehand, but whose price is, are admitted while anything is left. */
export const MINIMUM_RESERVATION = 1

/** The least that a call costs, in nano-USD; null: its price is not known. `hasPrice` is of the model that it names. */
export function leastCost(use: ModelUse, path: string, hasPrice: boolean): number | null {
  if (use === 'NONE' || isFreeOfCharge(path)) return 0
  // What a batch or a run will cost cannot be known.
  return use === 'UPSTREAM' || !hasPrice || hasUnknownCost(path) ? null : MINIMUM_RESERVATION
}

/** What of a request the rules about addresses and endpoints look at; `path` without query. */
export type RequestLine = { clientIp: string | null; path: string }

/** A call that reaches no model, or whose body has not been read, as the rules see it. */
export function requestWithoutModel({ clientIp, path }: RequestLine): AdmissionRequest {
  return { address: clientIp, endpoint: path, usesModel: false, model: null, tokens: 0, costNanoUsd: 0 }
}

/** A call of a model as the rules see it. `resolvedModel`: its name on the first of its candidate routes. */
export function requestForModel(
  { clientIp, path }: RequestLine,
  model: string | null,
  resolvedModel: string | null,
  tokens: number,
  costNanoUsd: number | null,
): AdmissionRequest {
  return { address: clientIp, endpoint: path, usesModel: true, model, resolvedModel, tokens, costNanoUsd }
}

/** A call whose body is streamed to the upstream unread, as the rules see it: its size counts as the least. */
export function requestBeforeBody(line: RequestLine, method: string): AdmissionRequest {
  const use = modelUseOf(method, line.path, null)
  const request = requestWithoutModel(line)
  request.usesModel = use === 'UPSTREAM'
  request.tokens = use === 'NONE' ? 0 : 1
  request.costNanoUsd = leastCost(use, line.path, true)
  return request
}

/**
 * The verdict that denies a call: the first enforced refusal in the order of the rules; null: the call is admitted. What the
 * gateway serves itself counts in no limit and reaches no model, so only rules about addresses and endpoints deny it.
 */
export function denyingVerdict(verdicts: readonly Verdict[], path: string): Verdict | null {
  const own = isOwnPath(path)
  for (const verdict of verdicts) {
    if (verdict.mode !== 'ENFORCE' || verdict.refusal === null) continue
    if (!own || verdict.rule === 'ADDRESS' || verdict.rule === 'ENDPOINT') return verdict
  }
  return null
}

/**
 * The candidate routes on which the model has a name that the key may use, so that a key comes to no other by chance or by
 * failover. Where there are none, all of them: the rule itself denies the call then. `nameOf`: the model's name on a route.
 */
export function allowedRoutes<R>(
  routes: readonly R[],
  policy: CompiledPolicy | null,
  model: string | null,
  nameOf: (route: R) => string | null,
): readonly R[] {
  const isDenied = policy === null || routes.length < 2 ? null : modelRuleOf(policy)
  if (isDenied === null) return routes
  const allowed = routes.filter((route) => !isDenied(model, nameOf(route)))
  return allowed.length === 0 ? routes : allowed
}
