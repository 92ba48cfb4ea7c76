// Findings of one code together: what they are called, and where they are mended.
import type { FindingCode, FindingCount, FindingSeverity } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

type Target = { targetId: string | null; targetType: string | null }
type Fix = {
  text: () => string
  /** What is mended in one key, upstream or model. */
  one: (id: string) => string
  /** Where all of them are. */
  all: string
}

const rank: Record<FindingSeverity, number> = { HIGH: 0, MEDIUM: 1, LOW: 2 }

/** Codes with findings that are not dismissed, the gravest first. */
export function openGroups(counts: readonly FindingCount[]): FindingCount[] {
  return counts
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => rank[a.severity] - rank[b.severity] || b.count - a.count)
}

const texts: Record<FindingCode, () => string> = {
  ADMIN_ALONE: m.overview_finding_admin_alone,
  ADMIN_WITHOUT_SECOND_FACTOR: m.overview_finding_second_factor,
  DISK_NEARLY_FULL: m.overview_finding_disk,
  KEY_ALLOWS_UNUSED_MODELS: m.overview_finding_unused_models,
  KEY_BUDGET_OVER_80: m.overview_finding_budget_over_80,
  KEY_BUDGET_SPENT: m.overview_finding_budget_spent,
  KEY_EXPIRES_SOON: m.overview_finding_expires_soon,
  KEY_FORMER_SECRET_USED: m.overview_finding_former_secret,
  KEY_MODEL_REFUSED: m.overview_finding_model_refused,
  KEY_NEVER_ROTATED: m.overview_finding_never_rotated,
  KEY_UNUSED: m.overview_finding_unused,
  KEY_UPSTREAM_FAILING: m.overview_finding_upstream_failing,
  KEY_WITHOUT_LIMITS: m.overview_finding_without_limits,
  LISTENS_WITHOUT_TLS: m.overview_finding_without_tls,
  MODEL_WITHOUT_PRICE: m.overview_finding_without_price,
  NO_BACKUP_IN_7_DAYS: m.overview_finding_no_backup,
  UPSTREAM_COOLING_DOWN: m.overview_finding_cooling_down,
  UPSTREAM_PLAIN_HTTP: m.overview_finding_plain_http,
}

/** One sentence; of a code that this console does not know, the code. */
export function findingGroupText(code: FindingCode): string {
  return texts[code]?.() ?? code
}

const tab = (name: string) => (id: string) => `/keys/${encodeURIComponent(id)}?tab=${name}`
const logs = (id: string) => `/logs?key=${encodeURIComponent(id)}&outcome=error&range=24h`
const upstream = (id: string) => `/upstreams/${encodeURIComponent(id)}`

const fixes: Partial<Record<FindingCode, Fix>> = {
  KEY_BUDGET_SPENT: { text: m.overview_fix_budget, one: tab('limits'), all: '/keys?show=failing' },
  KEY_BUDGET_OVER_80: { text: m.overview_fix_budget, one: tab('limits'), all: '/keys?show=over-80' },
  KEY_MODEL_REFUSED: { text: m.overview_fix_models, one: tab('limits'), all: '/keys?show=failing' },
  KEY_UPSTREAM_FAILING: { text: m.overview_fix_errors, one: logs, all: '/keys?show=failing' },
  KEY_EXPIRES_SOON: { text: m.overview_fix_expiry, one: tab('secret'), all: '/keys?show=expiring' },
  KEY_FORMER_SECRET_USED: { text: m.overview_fix_secret, one: tab('secret'), all: '/keys' },
  KEY_NEVER_ROTATED: { text: m.overview_fix_rotate, one: tab('secret'), all: '/keys' },
  KEY_UNUSED: { text: m.overview_fix_key, one: tab('usage'), all: '/keys?show=unused' },
  KEY_WITHOUT_LIMITS: { text: m.overview_fix_limits, one: tab('limits'), all: '/keys?show=no-limit' },
  KEY_ALLOWS_UNUSED_MODELS: { text: m.overview_fix_models, one: tab('limits'), all: '/keys' },
  UPSTREAM_COOLING_DOWN: { text: m.overview_fix_upstream, one: upstream, all: '/upstreams' },
  UPSTREAM_PLAIN_HTTP: { text: m.overview_fix_upstream, one: upstream, all: '/upstreams' },
  MODEL_WITHOUT_PRICE: { text: m.overview_fix_price, one: () => '/models', all: '/models' },
  ADMIN_ALONE: { text: m.overview_fix_people, one: () => '/people', all: '/people' },
  ADMIN_WITHOUT_SECOND_FACTOR: { text: m.overview_fix_people, one: () => '/people', all: '/people' },
  NO_BACKUP_IN_7_DAYS: { text: m.overview_fix_backup, one: () => '/backup', all: '/backup' },
}

/** The step that mends a finding; of a whole group without a `target`. Undefined where no screen that `opens` does. */
export function fixOf(
  code: FindingCode,
  opens: (screen: string) => boolean,
  target?: Target,
): { text: string; href: string } | undefined {
  const fix = fixes[code]
  if (!fix) return undefined
  const href = target?.targetId ? modelOr(fix, target) : fix.all
  const screen = `/${href.split(/[/?]/)[1]}`
  return opens(screen) ? { text: fix.text(), href } : undefined
}

/** A model of the admin's own has a page; one that is only known by its name has none. */
function modelOr(fix: Fix, { targetId, targetType }: Target): string {
  const id = targetId ?? ''
  return targetType === 'Model' && id.startsWith('mdl_') ? `/models/${id}` : fix.one(id)
}
