// What an alert rule can watch, and the numbers that each kind takes.

export const ALERT_KINDS = [
  'BUDGET_SPENT',
  'SPEND_PACE',
  'ERROR_RATE',
  'DENIAL_RATE',
  'UPSTREAM_DOWN',
  'KEY_EXPIRING',
  'NEW_ADDRESS',
  'LEDGER_PROBLEM',
  'NEW_DEVICE',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** What happens once, and is resolved as soon as it is opened. */
export const MOMENTARY_KINDS: readonly AlertKind[] = ['NEW_ADDRESS', 'NEW_DEVICE']

export const ALERT_SEVERITIES = ['INFO', 'WARNING', 'CRITICAL'] as const
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number]

export const THRESHOLD_NAMES = [
  'percent',
  'windowMinutes',
  'minCalls',
  'afterSeconds',
  'withinDays',
  'learnDays',
  'backlogMb',
] as const
export type ThresholdName = (typeof THRESHOLD_NAMES)[number]

/** Whole numbers by name; those of the rule's kind alone. */
export type Thresholds = Partial<Record<ThresholdName, number>>

type Bounds = { min: number; max: number; default: number }

// A day of minutes for a rate would be ten thousand counters for each key: an hour is what a person reacts to.
const RATE_WINDOW: Bounds = { min: 1, max: 60, default: 15 }
const RATE_CALLS: Bounds = { min: 1, max: 1_000_000, default: 20 }
const DAY_SECONDS = 86_400

/** The thresholds of each kind, all of which a rule of it has. */
export const KIND_THRESHOLDS: Record<AlertKind, Partial<Record<ThresholdName, Bounds>>> = {
  BUDGET_SPENT: { percent: { min: 1, max: 1_000, default: 80 } },
  SPEND_PACE: { percent: { min: 1, max: 1_000, default: 100 } },
  ERROR_RATE: {
    percent: { min: 1, max: 100, default: 20 },
    windowMinutes: RATE_WINDOW,
    minCalls: RATE_CALLS,
  },
  DENIAL_RATE: {
    percent: { min: 1, max: 100, default: 50 },
    windowMinutes: RATE_WINDOW,
    minCalls: RATE_CALLS,
  },
  UPSTREAM_DOWN: { afterSeconds: { min: 0, max: DAY_SECONDS, default: 60 } },
  KEY_EXPIRING: { withinDays: { min: 1, max: 365, default: 7 } },
  NEW_ADDRESS: { learnDays: { min: 0, max: 90, default: 7 } },
  LEDGER_PROBLEM: {
    afterSeconds: { min: 0, max: DAY_SECONDS, default: 60 },
    backlogMb: { min: 1, max: 1_000_000, default: 100 },
  },
  NEW_DEVICE: {},
}

/** A threshold of a stored rule: what is not in it, because a later version added it, has its default. */
export function thresholdOf(kind: AlertKind, thresholds: Thresholds, name: ThresholdName): number {
  return thresholds[name] ?? KIND_THRESHOLDS[kind][name]?.default ?? 0
}

/** The thresholds in a stored text; what is no number of a known name is left out. */
export function storedThresholds(text: string): Thresholds {
  const stored: unknown = JSON.parse(text)
  const thresholds: Thresholds = {}
  if (typeof stored !== 'object' || stored === null) return thresholds
  const values = new Map(Object.entries(stored))
  for (const name of THRESHOLD_NAMES) {
    const value: unknown = values.get(name)
    if (typeof value === 'number') thresholds[name] = value
  }
  return thresholds
}

/** A stored kind; null for one of a later version. */
export function storedKind(text: string): AlertKind | null {
  return ALERT_KINDS.find((kind) => kind === text) ?? null
}

/** A severity as it is stored; WARNING where a later version has stored one that this one does not know. */
export function storedSeverity(text: string): AlertSeverity {
  return ALERT_SEVERITIES.find((severity) => severity === text) ?? 'WARNING'
}
