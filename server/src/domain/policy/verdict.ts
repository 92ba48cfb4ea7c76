// What a rule sees of a call, and its verdict.
import type { RuleMode } from './key-policy.ts'
import type { BudgetWindow, LimitWindow } from './windows.ts'

/** A call as the rules see it. */
export type AdmissionRequest = {
  /** The client's address; null where it is not known, which no allow-list admits. */
  address: string | null
  /** The path, without query. */
  endpoint: string
  /** False for calls that reach no model, as file lists: rules about models do not apply to them. */
  usesModel: boolean
  /** The requested model; null where the call names none. */
  model: string | null
  /** True: limits and budgets of every model are asked about, whichever `model` is; for what is explained and not made. */
  everyModel?: boolean
  /** The model's name at the upstream: a list that denies this name denies the call. */
  resolvedModel?: string | null
  /** The most input and output tokens that will be used. */
  tokens: number
  /** The most that it will cost, in nano-USD; null where the price is not known. */
  costNanoUsd: number | null
}

export const RULES = ['ADDRESS', 'ENDPOINT', 'MODEL', 'BUDGET', 'TOKENS', 'REQUESTS', 'CONCURRENCY'] as const
export type RuleName = (typeof RULES)[number]

export const REFUSALS = [
  'NOT_ALLOWED',
  'DENIED_BY_NAME',
  'MODEL_NOT_NAMED',
  'EXHAUSTED',
  'LARGER_THAN_LIMIT',
  'PRICE_UNKNOWN',
] as const
/** Why a rule denies. LARGER_THAN_LIMIT: not even an empty window would have room for this one call. */
export type Refusal = (typeof REFUSALS)[number]

/** What keys share a policy by: `name` is the owner's, or the label, `env=prod`; `id` is the public id of the owner or the limits. */
export type SharedBy = { kind: 'OWNER' | 'LABEL'; id: string; name: string }

/** The verdict of one rule on one call. Amounts are requests, tokens, nano-USD or calls, by the rule; null where it counts nothing. */
export type Verdict = {
  rule: RuleName
  mode: RuleMode
  /** Whose rule it is; absent: the key's own. */
  sharedBy?: SharedBy
  /** Null where the rule admits the call. */
  refusal: Refusal | null
  window: LimitWindow | BudgetWindow | null
  /** The pattern of the models that a limit or a budget is for; null: all. */
  model: string | null
  limit: number | null
  /** What is used of the limit: what calls have used, and `reserved`. */
  used: number | null
  /** What in-flight calls may still use. */
  reserved: number | null
  /** Never below 0, even where a call used more than it had reserved. */
  remaining: number | null
  /** What this call requests; null also where that is not known. */
  requested: number | null
  /** When the window ends; null where there is none, or it never ends. */
  resetsAtMs: number | null
}
