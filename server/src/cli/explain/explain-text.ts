// Formats an explained call for a terminal.
import type { CallExplanation } from '@latchkey/sdk'
import { printable } from '../../domain/logs/printable-text.ts'

type Verdict = CallExplanation['verdicts'][number]
type Route = CallExplanation['routes'][number]

const TEXT_MAX = 200

/** Lines for stdout; instants in UTC, with their distance from `nowMs`. */
export function explainText(
  key: { id: string; name: string },
  explanation: CallExplanation,
  nowMs: number,
): string {
  const { status, refusal, verdicts, routes } = explanation
  const response =
    refusal === null
      ? 'The call would be admitted.'
      : `The call would be denied: ${refusal.httpStatus} ${refusal.code}\n  ${printable(refusal.message, 2_000)}`
  const rules = verdicts.map((verdict) => [judgement(verdict), ruleName(verdict), detail(verdict, nowMs)])
  return [
    `Key ${printable(key.name, TEXT_MAX)} (${key.id}) is ${status.toLowerCase()}.`,
    response,
    '',
    rules.length === 0 ? 'No rule applies to this call.' : 'Rules, in the order in which they are checked:',
    ...aligned(rules),
    '',
    routes.length === 0
      ? 'The call has no candidate routes.'
      : 'Candidate routes, in the order in which they are tried:',
    ...aligned(routes.map((route, at) => [`${at + 1}.`, ...routeColumns(route)])),
  ].join('\n')
}

function judgement({ refusal, mode }: Verdict): string {
  if (refusal === null) return 'admits'
  return mode === 'ENFORCE' ? 'denies' : 'would deny'
}

function ruleName(verdict: Verdict): string {
  const { sharedBy } = verdict
  const shared = sharedBy === null ? '' : ` (shared: ${printable(sharedBy.name, TEXT_MAX)}, ${sharedBy.id})`
  return `${ownRuleName(verdict)}${shared}`
}

function ownRuleName({ rule, window, model }: Verdict): string {
  const models = model === null ? '' : ` for ${printable(model, TEXT_MAX)}`
  const span = window === null || window === 'TOTAL' ? 'in all' : `per ${window.toLowerCase()}`
  switch (rule) {
    case 'ADDRESS':
      return 'addresses'
    case 'ENDPOINT':
      return 'endpoints'
    case 'MODEL':
      return 'models'
    case 'BUDGET':
      return `budget ${span}${models}`
    case 'TOKENS':
      return `tokens ${span}${models}`
    case 'REQUESTS':
      return `requests ${span}${models}`
    case 'CONCURRENCY':
      return 'calls at once'
  }
}

function detail(verdict: Verdict, nowMs: number): string {
  const { limit, used, remaining, resetsAt, refusal } = verdict
  const { limitUsd, spentUsd, reservedUsd, remainingUsd } = verdict
  const parts: string[] = []
  if (limit !== null) parts.push(`${used ?? 0} of ${limit} used`)
  if (remaining !== null) parts.push(`${remaining} remaining`)
  if (limitUsd !== null) parts.push(`$${spentUsd ?? '0'} of $${limitUsd} spent`)
  if (reservedUsd !== null && reservedUsd !== '0') parts.push(`$${reservedUsd} reserved`)
  if (remainingUsd !== null) parts.push(`$${remainingUsd} remaining`)
  if (resetsAt !== null) parts.push(`resets ${instantText(resetsAt, nowMs)}`)
  if (refusal !== null) parts.push(REASONS[refusal])
  return parts.join(', ')
}

const REASONS: Record<NonNullable<Verdict['refusal']>, string> = {
  NOT_ALLOWED: 'not in the list of what is allowed',
  DENIED_BY_NAME: 'in the list of what is denied',
  MODEL_NOT_NAMED: 'the call names no model, and the key is for certain models',
  EXHAUSTED: 'too little remains',
  LARGER_THAN_LIMIT: 'the call requests more than the whole limit',
  PRICE_UNKNOWN: 'the price of the call is not known',
}

function instantText(instant: string, nowMs: number): string {
  const at = new Date(instant)
  const seconds = Math.max(0, Math.ceil((at.getTime() - nowMs) / 1_000))
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC (in ${spanText(seconds)})`
}

function spanText(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit))
  if (days) return `${days} d ${Math.floor((seconds % 86_400) / 3_600)} h`
  if (hours) return `${hours} h ${Math.floor((seconds % 3_600) / 60)} min`
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

function routeColumns(route: Route): string[] {
  const { upstream, upstreamModel, credential, priority, weight, credentialWeight, enabled } = route
  return [
    printable(upstream, TEXT_MAX),
    upstreamModel === null ? 'no model' : printable(upstreamModel, TEXT_MAX),
    credential === null
      ? 'no credential'
      : `credential ${credentialName(credential)}, weight ${credentialWeight}`,
    `priority ${priority}, weight ${weight}`,
    enabled ? '' : 'unavailable',
  ]
}

function credentialName({ name, lastFour }: NonNullable<Route['credential']>): string {
  const end = lastFour === null ? '' : `…${lastFour}`
  return (
    [name === null ? '' : printable(name, TEXT_MAX), end].filter((part) => part !== '').join(' ') || 'set'
  )
}

/** Rows as lines, each column as wide as its widest field. */
function aligned(rows: string[][]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, field] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, field.length)
  return rows.map((row) => `  ${row.map((field, at) => field.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd())
}
