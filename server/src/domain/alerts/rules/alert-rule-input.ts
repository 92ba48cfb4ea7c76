// The rules for what an admin may write on an alert rule.
import { readLabel } from '../../labels/label.ts'
import { readDisplayText } from '../../read-display-text.ts'
import { DAY_MS } from '../../time.ts'
import { failed, ok, type Result, type UserError } from '../../user-error.ts'
import {
  type AlertKind,
  KIND_THRESHOLDS,
  THRESHOLD_NAMES,
  type ThresholdName,
  type Thresholds,
} from './alert-kinds.ts'
import { type AlertScope, KIND_SCOPES, SCOPE_MAX } from './alert-scope.ts'

const NAME_MAX = 100
const REPEAT_MIN_MINUTES = 5
const REPEAT_MAX_MINUTES = 7 * 24 * 60
const MUTE_MAX_DAYS = 365
export const RULE_CHANNELS_MAX = 20

/** The name of a rule or a channel: 1 to 100 characters that can be seen. */
export function readAlertName(sent: string): Result<string> {
  return readDisplayText(sent, { field: 'name', max: NAME_MAX, missing: 'name must not be empty.' })
}

/** Every threshold of the kind: as sent, else as before, else its default. What the kind has no use for is refused. */
export function readThresholds(
  kind: AlertKind,
  sent: Partial<Record<ThresholdName, number | null | undefined>>,
  before: Thresholds = {},
): Result<Thresholds> {
  const errors: UserError[] = []
  const thresholds: Thresholds = {}
  for (const name of THRESHOLD_NAMES) {
    const bounds = KIND_THRESHOLDS[kind][name]
    const value = sent[name]
    if (bounds === undefined) {
      if (value != null)
        errors.push({ code: 'INVALID', field: name, message: `${name} has no meaning for ${kind}.` })
      continue
    }
    const { min, max } = bounds
    const wanted = value === null ? bounds.default : (value ?? before[name] ?? bounds.default)
    if (Number.isInteger(wanted) && wanted >= min && wanted <= max) thresholds[name] = wanted
    else
      errors.push({
        code: 'OUT_OF_RANGE',
        field: name,
        message: `${name} of ${kind} must be from ${min} to ${max}.`,
        bounds: { min, max },
      })
  }
  return errors.length > 0 ? { ok: false, errors } : ok(thresholds)
}

/** A scope that the kind can have, of 1 to 200 members or a label. */
export function readScope(kind: AlertKind, scope: AlertScope): Result<AlertScope> {
  if (scope.type === 'ALL') return ok(scope)
  const allowed = KIND_SCOPES[kind]
  if (!allowed.includes(scope.type)) {
    const what = allowed.length === 0 ? 'Leave the scope out.' : `It can have: ${allowed.join(', ')}.`
    return failed('INVALID', 'scope', `scope: a rule of the kind ${kind} cannot have this scope. ${what}`)
  }
  if (scope.type === 'LABEL') {
    const label = readLabel(scope.label, 'scope.label')
    return label.ok ? ok({ type: 'LABEL', label: label.value }) : label
  }
  const members = membersOf(scope)
  if (members.length >= 1 && members.length <= SCOPE_MAX) return ok(scope)
  return failed(
    'OUT_OF_RANGE',
    'scope',
    `scope: name 1 to ${SCOPE_MAX}, or leave the scope out to watch all.`,
    { minItems: 1, maxItems: SCOPE_MAX },
  )
}

/** After how many minutes an open alert is sent again; null: never. */
export function readRepeatMinutes(sent: number | null): Result<number | null> {
  if (sent === null || (Number.isInteger(sent) && sent >= REPEAT_MIN_MINUTES && sent <= REPEAT_MAX_MINUTES))
    return ok(sent)
  return failed(
    'OUT_OF_RANGE',
    'repeatMinutes',
    `repeatMinutes must be from ${REPEAT_MIN_MINUTES} to ${REPEAT_MAX_MINUTES}; null: an alert is sent once.`,
    { min: REPEAT_MIN_MINUTES, max: REPEAT_MAX_MINUTES },
  )
}

/** An instant from now on, within a year; null: not muted. */
export function readMutedUntil(sent: Date | null, nowMs: number, field = 'mutedUntil'): Result<Date | null> {
  if (sent === null) return ok(null)
  const ms = sent.getTime()
  if (ms > nowMs && ms <= nowMs + MUTE_MAX_DAYS * DAY_MS) return ok(sent)
  return failed(
    'OUT_OF_RANGE',
    field,
    `${field} must be in the future, at most ${MUTE_MAX_DAYS} days from now; null: not muted.`,
    { earliestMs: nowMs + 1, latestMs: nowMs + MUTE_MAX_DAYS * DAY_MS },
  )
}

function membersOf(scope: Exclude<AlertScope, { type: 'ALL' | 'LABEL' }>): readonly (number | string)[] {
  switch (scope.type) {
    case 'API_KEYS':
      return scope.apiKeys
    case 'OWNERS':
      return scope.owners
    case 'UPSTREAMS':
      return scope.upstreams
  }
}
