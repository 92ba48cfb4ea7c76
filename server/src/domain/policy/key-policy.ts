// What an API key may do, as data: the form in which a policy is stored, shown and sent.
import type { BudgetWindow, LimitWindow } from './windows.ts'

export const RULE_MODES = ['ENFORCE', 'SHADOW'] as const
/** SHADOW: the rule only notes what it would have done. */
export type RuleMode = (typeof RULE_MODES)[number]

export const LIMIT_UNITS = ['REQUESTS', 'TOKENS'] as const
export type LimitUnit = (typeof LIMIT_UNITS)[number]

export const CONTENT_CAPTURES = ['OFF', 'METADATA', 'ERRORS', 'FULL'] as const
/** What is kept of the content of calls: nothing, its shape, that of failed calls, all of it. */
export type ContentCapture = (typeof CONTENT_CAPTURES)[number]

export const UNPRICED_CALLS = ['DENY', 'ALLOW'] as const
/** What a budget does with a call whose price is not known. ALLOW lets it past uncounted: it is never free, but unknown. */
export type UnpricedCalls = (typeof UNPRICED_CALLS)[number]

/** Names of models in any letter case, where `*` stands for any text. An empty `allow` allows all that is not denied. */
export type ModelRule = { allow: string[]; deny: string[]; mode: RuleMode }

/** Paths such as `/v1/chat/completions` or `/v1/files*`; `*` stands for any text. */
export type EndpointRule = { allow: string[]; mode: RuleMode }

/** Addresses and networks: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. */
export type AddressRule = { allow: string[]; mode: RuleMode }

export type ConcurrencyRule = { maxCalls: number; mode: RuleMode }

/** At most `max` requests or tokens in a window, of the models that `model` names; of all where it is null. */
export type RateLimit = {
  unit: LimitUnit
  window: LimitWindow
  max: number
  model: string | null
  mode: RuleMode
}

export type Budget = {
  window: BudgetWindow
  /** US dollars as a decimal with at most 9 places: `"20"`, `"0.5"`. */
  limitUsd: string
  /** An IANA time zone. */
  timeZone: string
  /** A warning is raised once a window, when this share of the limit is spent; null: never. */
  warnAtPercent: number | null
  model: string | null
  unpriced: UnpricedCalls
  mode: RuleMode
}

/** A key without a policy (null) is unrestricted; so is each part that is null or empty. */
export type KeyPolicy = {
  models: ModelRule | null
  endpoints: EndpointRule | null
  addresses: AddressRule | null
  limits: RateLimit[]
  concurrency: ConcurrencyRule | null
  budgets: Budget[]
  /** Null: what the gateway's settings say. */
  capture: ContentCapture | null
  /** True: it may read and name the stored objects of every key, and those that no key is known of. Null: as false. */
  sharedObjects: boolean | null
  /** True: whoever has the key's current secret may replace it with a new one. Null: as false. */
  selfRotation: boolean | null
}

/** A policy that restricts nothing. */
export const UNRESTRICTED: KeyPolicy = {
  models: null,
  endpoints: null,
  addresses: null,
  limits: [],
  concurrency: null,
  budgets: [],
  capture: null,
  sharedObjects: null,
  selfRotation: null,
}

/** Bounds on what a policy may hold: its rules are walked through on every call of the key. */
export const POLICY_MAX = {
  patterns: 100,
  patternChars: 200,
  addresses: 100,
  limits: 24,
  budgets: 8,
  /** Sums stay exact as numbers up to 2^53. */
  limit: 1_000_000_000_000,
  calls: 100_000,
  /** A million dollars, as nano-USD far below 2^53. */
  usd: 1_000_000,
} as const
