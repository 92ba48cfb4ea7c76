// A finding: something about a key, an upstream, a model or the installation that an admin may want to mend.
import type { Scope } from '../admins/permissions.ts'

export const FINDING_SEVERITIES = ['HIGH', 'MEDIUM', 'LOW'] as const
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number]

/** `scope`: who may see it. `mutation`: what mends it; null: a setting of the environment does. */
type About = { severity: FindingSeverity; scope: Scope; mutation: string | null; meaning: string }

const ABOUT = {
  KEY_BUDGET_SPENT: about(
    'HIGH',
    'keys:read',
    'updateApiKey',
    'Calls of the key are denied now: a budget is spent.',
  ),
  KEY_MODEL_REFUSED: about(
    'MEDIUM',
    'keys:read',
    'updateApiKey',
    'Calls of the key are denied now: it may not use the model, or there is none.',
  ),
  KEY_UPSTREAM_FAILING: about(
    'HIGH',
    'keys:read',
    'updateModel',
    'Calls of the key fail now: no upstream responds to them.',
  ),
  KEY_BUDGET_OVER_80: about('MEDIUM', 'keys:read', 'updateApiKey', 'At least 80 % of a budget is spent.'),
  KEY_EXPIRES_SOON: about('MEDIUM', 'keys:read', 'updateApiKey', 'The key expires within 7 days.'),
  KEY_UNUSED: about('LOW', 'keys:read', 'revokeApiKey', 'The key has not been used for 90 days.'),
  KEY_WITHOUT_LIMITS: about(
    'LOW',
    'keys:read',
    'updateApiKey',
    'No limit and no budget of the key is enforced.',
  ),
  KEY_ALLOWS_UNUSED_MODELS: about(
    'LOW',
    'keys:read',
    'updateApiKey',
    'The key may use models that it has not used for 30 days.',
  ),
  KEY_FORMER_SECRET_USED: about(
    'MEDIUM',
    'keys:read',
    'stopFormerSecret',
    'The secret from before the rotation is still used.',
  ),
  KEY_NEVER_ROTATED: about(
    'LOW',
    'keys:read',
    'rotateApiKey',
    'The secret of the key is older than 180 days.',
  ),
  UPSTREAM_PLAIN_HTTP: about(
    'MEDIUM',
    'upstreams:read',
    'updateUpstream',
    'Credentials and content go to the upstream over plain HTTP.',
  ),
  UPSTREAM_COOLING_DOWN: about(
    'HIGH',
    'upstreams:read',
    'testUpstream',
    'The upstream, or a credential of it, is not used now because of failures.',
  ),
  MODEL_WITHOUT_PRICE: about(
    'LOW',
    'models:read',
    'updateModel',
    'Calls of the model in the last 7 days have no known cost.',
  ),
  ADMIN_ALONE: about('LOW', 'admins:read', null, 'The admin "admin" is the only one.'),
  ADMIN_WITHOUT_SECOND_FACTOR: about(
    'MEDIUM',
    'admins:read',
    'enrolTotp',
    'At least one admin signs in with a password alone.',
  ),
  NO_BACKUP_IN_7_DAYS: about(
    'MEDIUM',
    'settings:read',
    'createBackup',
    'No backup was made, or noted, in the last 7 days.',
  ),
  DISK_NEARLY_FULL: about(
    'HIGH',
    'settings:read',
    null,
    'The disk of the data directory is nearly full. Once it is, records of calls wait in memory.',
  ),
  LISTENS_WITHOUT_TLS: about(
    'HIGH',
    'admins:read',
    null,
    'The server listens beyond this machine, and no https address is known of it.',
  ),
} as const satisfies Record<string, About>

export type FindingCode = keyof typeof ABOUT
export const FINDING_CODES = Object.keys(ABOUT) as readonly FindingCode[]

/** What is known of the cause beside its code; what does not apply is absent. */
export type FindingDetail = {
  /** Of a budget. Amounts in US dollars. */
  usedPercent?: number
  spentUsd?: string
  limitUsd?: string
  window?: string
  /** The error code of the calls in question, and how many of the last quarter of an hour. */
  errorCode?: string
  calls?: number
  /** When it happens, or has happened last; milliseconds since the epoch. */
  atMs?: number
  /** Models, or patterns of their names; at most 20. */
  models?: string[]
}

export type FindingTarget = { type: 'ApiKey' | 'Upstream' | 'Model'; id: string; label: string }

export type Finding = {
  /** The same for the same cause: code, target and, where one target can have several, which. */
  id: string
  code: FindingCode
  /** When the cause began, in milliseconds since the epoch; null: not known. */
  sinceMs: number | null
  /** The cause had begun by `sinceMs`, and may have begun earlier. */
  sinceAtLeast: boolean
  /** Null: the installation. */
  target: FindingTarget | null
  /** Of a key. */
  apiKeyNumber: number | null
  /** The owner of the key; null: nobody, or it is about no key. */
  ownerId: number | null
  detail: FindingDetail
}

/** Severity, scope, mutation and meaning of a code. */
export function aboutFinding(code: FindingCode): About {
  return ABOUT[code]
}

/** A finding without what its cause does not say. */
export function finding(
  code: FindingCode,
  target: (FindingTarget & { number?: number; ownerId?: number | null }) | null,
  {
    sinceMs = null,
    sinceAtLeast = false,
    detail = {},
    which,
  }: { sinceMs?: number | null; sinceAtLeast?: boolean; detail?: FindingDetail; which?: string } = {},
): Finding {
  const id = [code, target?.id ?? 'server', which].filter((part) => part !== undefined).join(':')
  const { number = null, ownerId = null, ...shown } = target ?? {}
  return {
    id,
    code,
    sinceMs,
    sinceAtLeast: sinceMs !== null && sinceAtLeast,
    target: target === null ? null : (shown as FindingTarget),
    ownerId,
    apiKeyNumber: target?.type === 'ApiKey' ? number : null,
    detail,
  }
}

function about(severity: FindingSeverity, scope: Scope, mutation: string | null, meaning: string): About {
  return { severity, scope, mutation, meaning }
}
