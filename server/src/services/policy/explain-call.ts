// What the rules of a key would say to a call, and where it would go, without making it.
import { isIP } from 'node:net'
import type { Actor } from '../../domain/admins/actor.ts'
import { CHAT_COMPLETIONS_PATH, WIRE_ROOT } from '../../domain/endpoints/endpoints.ts'
import { isWebSocketPath, leavesModelToUpstream } from '../../domain/endpoints/find-endpoint.ts'
import { resolveEndpoint } from '../../domain/endpoints/resolve-endpoint.ts'
import { normalPath } from '../../domain/endpoints/wire-path.ts'
import type { CallError } from '../../domain/errors.ts'
import type { ApiKeyStatus } from '../../domain/keys/api-key.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import { compilePolicy } from '../../domain/policy/compile-policy.ts'
import { denialError } from '../../domain/policy/denial.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import {
  allowedRoutes,
  denyingVerdict,
  endpointError,
  leastCost,
  type ModelUse,
  modelUseOf,
  requestForModel,
  requestWithoutModel,
  statusError,
} from '../../domain/policy/judge-call.ts'
import { type KeyPolicy, UNRESTRICTED } from '../../domain/policy/key-policy.ts'
import { rateLimitsOf } from '../../domain/policy/rate-limits.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import { nanoUsdOf } from '../../domain/pricing/money.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { sharedPoliciesOfKey } from '../../store/queries/owners/shared-limits.ts'
import type { ControlPlane } from '../control-plane.ts'
import { apiKeyStatus, noSuchKey } from '../keys/api-key-row.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { type ExplainedRoute, explainRoutes } from './explain-routes.ts'

export type ExplainCallInput = {
  number: number
  /** Null: a call that names none. */
  model: string | null
  method: string
  endpoint: string
  clientIp: string | null
  /** Tokens that the call uses at most. */
  tokens: number
  /** A decimal; null: as little as anything costs, if the price of the model is known. */
  costUsd: string | null
}

export type ExplainedCall = {
  status: ApiKeyStatus
  /** The error that the client would get; null where the call would be admitted. */
  error: CallError | null
  /** Every rule's verdict, in the order in which they are applied. */
  verdicts: Verdict[]
  /** In the order to be tried; empty where no upstream takes the call, or none is needed. */
  routes: ExplainedRoute[]
}

const ENDPOINT_MAX = 512
const MODEL_MAX = 256
const TOKENS_MAX = 1_000_000_000
const COST_MAX = 1_000_000n * 1_000_000_000n

/** Reserves nothing. Rejects where the ledger cannot read what the key has used. */
export async function explainCall(
  plane: ControlPlane,
  actor: Actor,
  input: ExplainCallInput,
): Promise<Result<ExplainedCall>> {
  const sent = readInput(input)
  if (!sent.ok) return sent
  const key = await plane.store.prisma.apiKey.findUnique({
    where: { id: input.number, ...ownedBy(actor) },
    include: { owner: true },
  })
  if (key === null) return noSuchKey('apiKeyId')
  const status = apiKeyStatus(key, plane.clock(), key.owner)
  const isOwners = key.disabledAt === null && key.owner?.disabledAt != null
  const { method } = input
  const endpoint = normalPath(input.endpoint) ?? input.endpoint
  const model = leavesModelToUpstream(method, endpoint) ? null : input.model
  const use = modelUseOf(method, endpoint, model)
  const routes = await explainRoutes(plane, endpoint, use === 'NAMED' ? model : null)
  const open = routes?.filter(({ enabled }) => enabled) ?? []
  const policy = storedPolicy(key.policy)
  const shared = await sharedPoliciesOfKey(plane.store, key.id)
  const line = { clientIp: input.clientIp, path: endpoint }
  const sentCost = sent.value.costNanoUsd
  const costNanoUsd = sentCost === null ? await leastCostOf(plane, use, endpoint, model) : Number(sentCost)
  const request =
    use === 'NONE'
      ? { ...requestWithoutModel(line), tokens: input.tokens, costNanoUsd }
      : requestForModel(line, model, firstModel(policy, model, open), input.tokens, costNanoUsd)
  const verdicts = await plane.explainCall({ id: key.id, version: key.version, policy, shared }, request)
  const nowMs = plane.clock()
  const denying = denyingVerdict(verdicts, endpoint)
  const denial = denying === null ? null : denialError(denying, request, rateLimitsOf(verdicts, nowMs), nowMs)
  const unrouted = routes !== null && open.length === 0 ? unknownModel(model ?? '') : null
  // A secret that a rotation has replaced is denied as well; explain is about the current one.
  return ok({
    status,
    error:
      pathError(method, endpoint, policy ?? (shared.length > 0 ? UNRESTRICTED : null)) ??
      statusError(status, false, isOwners) ??
      denial ??
      unrouted,
    verdicts,
    routes: routes ?? [],
  })
}

/** The cost that was sent, in nano-USD; null: none was. Or every problem with the input. */
function readInput(input: ExplainCallInput): Result<{ costNanoUsd: bigint | null }> {
  const problems = problemsOf(
    checked(
      isEndpointPath(input.endpoint),
      'endpoint',
      `endpoint must be a path such as ${CHAT_COMPLETIONS_PATH}, of at most ${ENDPOINT_MAX} characters.`,
    ),
    checked(
      input.model === null || (input.model !== '' && input.model.length <= MODEL_MAX),
      'model',
      `model must have 1 to ${MODEL_MAX} characters; leave it out for a call that names none.`,
    ),
    checked(/^(GET|POST|DELETE)$/.test(input.method), 'method', 'method must be GET, POST or DELETE.'),
    checked(
      input.clientIp === null || isIP(input.clientIp) !== 0,
      'clientIp',
      'clientIp must be an address such as 192.0.2.7 or 2001:db8::1.',
    ),
    checked(
      Number.isInteger(input.tokens) && input.tokens >= 0 && input.tokens <= TOKENS_MAX,
      'tokens',
      `tokens must be a whole number from 0 to ${TOKENS_MAX}.`,
    ),
  )
  const costNanoUsd = input.costUsd === null ? null : nanoUsdOf(input.costUsd.trim())
  if (input.costUsd !== null && (costNanoUsd === null || costNanoUsd > COST_MAX)) {
    problems.push({
      code: 'INVALID',
      field: 'costUsd',
      message: 'costUsd must be an amount in US dollars from 0 to 1000000, such as "0.25".',
    })
  }
  return problems.length > 0 ? { ok: false, errors: problems } : ok({ costNanoUsd })
}

/** The error of a path that is no endpoint, or none of this key; null where it is one. A WebSocket is one of them. */
function pathError(method: string, path: string, policy: KeyPolicy | null): CallError | null {
  if (method === 'GET' && isWebSocketPath(path)) return null
  const endpoint = resolveEndpoint(method, path, '')
  if ('httpStatus' in endpoint) return endpoint
  return endpointError(endpoint, path, policy === null ? null : compilePolicy(policy))
}

/** In nano-USD; null where the price is not known. */
async function leastCostOf(
  plane: ControlPlane,
  use: ModelUse,
  endpoint: string,
  model: string | null,
): Promise<number | null> {
  return leastCost(use, endpoint, model !== null && (await plane.isPriced(model)))
}

/** The model's name on the first of the candidate routes that are left to the key. */
function firstModel(
  policy: KeyPolicy | null,
  model: string | null,
  candidates: readonly ExplainedRoute[],
): string | null {
  const compiled = policy === null ? null : compilePolicy(policy)
  const [first] = allowedRoutes(candidates, compiled, model, ({ upstreamModel }) => upstreamModel)
  return first?.upstreamModel ?? null
}

function isEndpointPath(path: string): boolean {
  const below = path.startsWith(`${WIRE_ROOT}/`) ? path.slice(WIRE_ROOT.length + 1) : ''
  return /^[\x21-\x7e]+$/.test(below) && path.length <= ENDPOINT_MAX
}

function checked(fits: boolean, field: string, message: string): Result<null> {
  return fits ? ok(null) : failed('INVALID', field, message)
}
