// What the rules of a key would say to a call, and where it would go, without making it.
import { isIP } from 'node:net'
import {
  CHAT_COMPLETIONS_PATH,
  isFormPath,
  isFreeOfCharge,
  isOwnPath,
  mayUseModel,
  WIRE_ROOT,
} from '../../domain/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import type { ApiKeyStatus } from '../../domain/keys/api-key.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import { compilePolicy, modelRuleOf } from '../../domain/policy/compile-policy.ts'
import { denialError } from '../../domain/policy/denial.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import type { KeyPolicy } from '../../domain/policy/key-policy.ts'
import { rateLimitsOf } from '../../domain/policy/rate-limits.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import { nanoUsdOf } from '../../domain/pricing/money.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { apiKeyStatus, noSuchKey } from '../keys/api-key-row.ts'
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
  /** What the caller would be answered; null where the call would be let in. */
  error: CallError | null
  /** Every rule's answer, in the order in which they are asked. */
  verdicts: Verdict[]
  /** In the order they are asked; empty where no upstream takes the call, or none is asked. */
  routes: ExplainedRoute[]
}

const ENDPOINT_MAX = 512
const MODEL_MAX = 256
const TOKENS_MAX = 1_000_000_000
const COST_MAX = 1_000_000n * 1_000_000_000n

/** Takes nothing from any limit. Rejects where the ledger cannot tell what the key has used. */
export async function explainCall(
  plane: ControlPlane,
  input: ExplainCallInput,
): Promise<Result<ExplainedCall>> {
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
  const sentCost = input.costUsd === null ? null : nanoUsdOf(input.costUsd.trim())
  if (input.costUsd !== null && (sentCost === null || sentCost > COST_MAX)) {
    problems.push({
      code: 'INVALID',
      field: 'costUsd',
      message: 'costUsd must be an amount in US dollars from 0 to 1000000, such as "0.25".',
    })
  }
  if (problems.length > 0) return { ok: false, errors: problems }
  const key = await plane.store.prisma.apiKey.findUnique({ where: { id: input.number } })
  if (key === null) return noSuchKey('apiKeyId')
  const status = apiKeyStatus(key, plane.clock())
  const routes = await explainRoutes(plane, input.endpoint, input.model)
  const open = routes?.filter(({ enabled }) => enabled) ?? []
  const policy = storedPolicy(key.policy)
  const request: AdmissionRequest = {
    address: input.clientIp,
    endpoint: input.endpoint,
    usesModel: input.model !== null || reachesAnyModel(input),
    model: input.model,
    resolvedModel: nameThere(policy, input.model, open),
    tokens: input.tokens,
    costNanoUsd: sentCost === null ? await leastCost(plane, input) : Number(sentCost),
  }
  const ruled = { id: key.id, version: key.version, policy }
  const responses = await plane.explainCall(ruled, request)
  // A form names its model once it has been admitted: it is in no count of one model's calls.
  const verdicts = isFormPath(input.endpoint) ? responses.filter(({ model }) => model === null) : responses
  const untaken = routes !== null && open.length === 0 ? unknownModel(input.model ?? '') : null
  const error = statusError(status) ?? refusalOf(verdicts, request, plane.clock()) ?? untaken
  return ok({ status, error, verdicts, routes: routes ?? [] })
}

/** As the gateway takes what passes through it unread: a batch or a run may be of any model, at any price. */
function reachesAnyModel({ method, endpoint }: ExplainCallInput): boolean {
  return !isFormPath(endpoint) && !isOwnPath(endpoint) && mayUseModel(method, endpoint)
}

/** Null where the price is not known. */
async function leastCost(plane: ControlPlane, input: ExplainCallInput): Promise<number | null> {
  const { model, endpoint } = input
  if (isFreeOfCharge(endpoint)) return 0
  if (model === null) return reachesAnyModel(input) ? null : 0
  return (await plane.isPriced(model)) ? 1 : null
}

function refusalOf(verdicts: Verdict[], request: AdmissionRequest, nowMs: number): CallError | null {
  const refused = verdicts.find(({ mode, refusal }) => mode === 'ENFORCE' && refusal !== null)
  return refused === undefined ? null : denialError(refused, request, rateLimitsOf(verdicts, nowMs), nowMs)
}

function statusError(status: ApiKeyStatus): CallError | null {
  switch (status) {
    case 'ACTIVE':
      return null
    case 'DISABLED':
      return callError('api_key_disabled')
    case 'EXPIRED':
      return callError('api_key_expired')
    case 'REVOKED':
      return callError('api_key_revoked')
  }
}

function isEndpointPath(path: string): boolean {
  const below = path.startsWith(`${WIRE_ROOT}/`) ? path.slice(WIRE_ROOT.length + 1) : ''
  return /^[\x21-\x7e]+$/.test(below) && path.length <= ENDPOINT_MAX
}

function checked(fits: boolean, field: string, message: string): Result<null> {
  return fits ? ok(null) : failed('INVALID', field, message)
}

/** The model's name where a call goes first: of the ways that are open, those that the key's rule leaves come before. */
function nameThere(
  policy: KeyPolicy | null,
  model: string | null,
  candidates: readonly ExplainedRoute[],
): string | null {
  const turnedAway = policy === null ? null : modelRuleOf(compilePolicy(policy))
  const remaining = candidates.find(({ upstreamModel }) => turnedAway?.(model, upstreamModel) !== true)
  return (remaining ?? candidates[0])?.upstreamModel ?? null
}
