// What a request log tells of the rule that denied its call: read from the message of `denial.ts`, which names rule, window, amounts and
// reset.
import { ruleOfDenial } from './denial.ts'
import type { RuleName, SharedBy } from './verdict.ts'
import { BUDGET_WINDOWS, type BudgetWindow, LIMIT_WINDOWS, type LimitWindow } from './windows.ts'

/** `sharedBy`, null: a rule of the key itself. What the message does not say is null. */
export type Denial = {
  rule: RuleName
  window: LimitWindow | BudgetWindow | null
  /** The pattern of the models that it counts; null: all. */
  model: string | null
  /** In US dollars of a budget, else in requests, tokens or calls. */
  limit: string | null
  /** What was used of the limit, in its unit; reservations of in-flight calls are part of it. */
  used: string | null
  /** What the call requested, in the unit of the limit; of a budget, and of tokens, the most that it could use. */
  requested: string | null
  sharedBy: Pick<SharedBy, 'kind' | 'name'> | null
  /** When its window ended, or ends; null where there is none, it never ends, or no window has room for the call. */
  resetsAtMs: number | null
}

type Denied = { outcome: string; errorCode: string | null; errorMessage: string | null }

/** Null for a call that no rule denied. `atMs`: when the call was accepted. */
export function readDenial({ outcome, errorCode, errorMessage }: Denied, atMs: number): Denial | null {
  const rule = outcome === 'DENIED' ? ruleOfDenial(errorCode) : null
  if (rule === null) return null
  const message = errorMessage ?? ''
  if (rule === 'ADDRESS' || rule === 'ENDPOINT' || rule === 'MODEL') return { ...UNSAID, rule }
  if (errorCode === 'price_unknown') return { ...UNSAID, rule, sharedBy: sharerIn(message, PRICE_SHARER) }
  // Whatever its name says is no part of the rule.
  const said = message.replace(SHARER, '')
  return {
    rule,
    window: windowIn(said),
    model: / for `([^`]+)`: Limit /.exec(said)?.[1] ?? null,
    ...amountsIn(said),
    sharedBy: sharerIn(message, SHARER),
    resetsAtMs: resetIn(said, atMs),
  }
}

/** What a message says that repeats what the client has sent: nothing else is read of it, as a model may be called like an amount. */
const UNSAID: Omit<Denial, 'rule'> = {
  window: null,
  model: null,
  limit: null,
  used: null,
  requested: null,
  sharedBy: null,
  resetsAtMs: null,
}

const SHARER = / ?the (owner|label) "(.*)" of this API key/i
// What stands before the model that the client has named.
const PRICE_SHARER = /^the (owner|label) "(.*?)" of this API key has a budget, and the price of /i

function sharerIn(message: string, pattern: RegExp): Denial['sharedBy'] {
  const [, kind, name] = pattern.exec(message) ?? []
  return name === undefined ? null : { kind: kind?.toLowerCase() === 'owner' ? 'OWNER' : 'LABEL', name }
}

// Whatever a pattern says stands before the amounts.
const AMOUNTS =
  /^.*: Limit \$?(\d{1,20}(?:\.\d{1,9})?)(?:, Used \$?(\d{1,20}(?:\.\d{1,9})?))?(?:, Requested (?:up to )?\$?(\d{1,20}(?:\.\d{1,9})?))?\. /

function amountsIn(message: string): Pick<Denial, 'limit' | 'used' | 'requested'> {
  const [, limit = null, used = null, requested = null] = AMOUNTS.exec(message) ?? []
  return { limit, used, requested }
}

const limitWords = LIMIT_WINDOWS.join('|').toLowerCase()
const budgetWords = BUDGET_WINDOWS.map((window) =>
  window === 'TOTAL' ? 'total' : `${window.toLowerCase()}'s`,
)
const WINDOW = new RegExp(`\\bper (${limitWords})\\b|\\b(${budgetWords.join('|')}) budget`)

function windowIn(message: string): Denial['window'] {
  const word = WINDOW.exec(message)
  const name = (word?.[1] ?? word?.[2]?.replace("'s", '') ?? '').toUpperCase()
  return [...LIMIT_WINDOWS, ...BUDGET_WINDOWS].find((window) => window === name) ?? null
}

function resetIn(message: string, atMs: number): number | null {
  const instant = /It begins anew at (\d{4}-[\d:.TZ-]{1,30})\./.exec(message)?.[1]
  const at = instant === undefined ? Number.NaN : Date.parse(instant)
  if (!Number.isNaN(at)) return at
  const wait = /Please try again in (\d{1,9}(?:\.\d{1,3})?)s\.$/.exec(message)?.[1]
  return wait === undefined ? null : Math.round(atMs + Number(wait) * 1000)
}
