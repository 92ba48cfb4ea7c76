// Findings of one code together: what they mean, what each of them adds, and where all of them are mended.
import type { Finding, FindingCode } from '@latchkey/sdk'
import { formatDate, formatNumber, formatRelative } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { firstAndMore } from '#lib/policy/policy-text.ts'
import { findingSentence } from './finding-words.ts'

const meanings: Record<FindingCode, () => string> = {
  KEY_BUDGET_SPENT: m.findings_means_budget_spent,
  KEY_UPSTREAM_FAILING: m.findings_means_upstream_failing,
  UPSTREAM_COOLING_DOWN: m.findings_says_cooling,
  DISK_NEARLY_FULL: m.findings_says_disk,
  LISTENS_WITHOUT_TLS: m.findings_says_tls,
  KEY_MODEL_REFUSED: m.findings_means_model_refused,
  KEY_BUDGET_OVER_80: m.findings_means_over_80,
  KEY_EXPIRES_SOON: m.findings_means_expires,
  KEY_FORMER_SECRET_USED: m.findings_means_former_secret,
  UPSTREAM_PLAIN_HTTP: m.findings_says_plain_http,
  ADMIN_WITHOUT_SECOND_FACTOR: m.findings_says_second_factor,
  NO_BACKUP_IN_7_DAYS: m.findings_says_backup,
  KEY_UNUSED: m.findings_means_unused,
  KEY_WITHOUT_LIMITS: m.findings_says_no_limits,
  KEY_ALLOWS_UNUSED_MODELS: m.findings_means_unused_models,
  KEY_NEVER_ROTATED: m.findings_says_old_secret,
  MODEL_WITHOUT_PRICE: m.findings_says_price,
  ADMIN_ALONE: m.findings_says_admin_alone,
}

/** What every finding of a code says, in a sentence or two. Undefined of a code that a newer server has. */
export function findingMeaning(code: FindingCode): string | undefined {
  return meanings[code]?.()
}

/** What is known of one finding beside what its code means; undefined: nothing. `now`: ms since the epoch. */
export function findingFacts(finding: Finding, now: number): string | undefined {
  const { code, detail } = finding
  const when = detail.at == null ? '–' : formatRelative(String(detail.at), now)
  switch (code) {
    case 'KEY_BUDGET_SPENT':
    case 'KEY_MODEL_REFUSED':
    case 'KEY_UPSTREAM_FAILING':
    case 'KEY_FORMER_SECRET_USED': {
      const calls = detail.calls == null ? '–' : formatNumber(detail.calls)
      return m.findings_facts_calls({ calls, when })
    }
    case 'KEY_EXPIRES_SOON':
      return m.findings_facts_expires({
        when,
        date: detail.at == null ? '–' : formatDate(String(detail.at)),
      })
    case 'KEY_ALLOWS_UNUSED_MODELS':
      return firstAndMore(detail.models ?? [])
    case 'KEY_BUDGET_OVER_80':
    case 'KEY_UNUSED':
      return findingSentence(finding, now)
    default:
      return undefined
  }
}

const withFacts: ReadonlySet<FindingCode> = new Set([
  'KEY_BUDGET_SPENT',
  'KEY_MODEL_REFUSED',
  'KEY_UPSTREAM_FAILING',
  'KEY_FORMER_SECRET_USED',
  'KEY_EXPIRES_SOON',
  'KEY_ALLOWS_UNUSED_MODELS',
  'KEY_BUDGET_OVER_80',
  'KEY_UNUSED',
])

/** Whether findings of this code have facts of their own, before one of them has loaded. */
export function hasFacts(code: FindingCode): boolean {
  return withFacts.has(code)
}

/** The list of keys that have this finding, all of them selected; undefined where it is not about keys, or none `opens`. */
export function keysHref(code: FindingCode, opens: (screen: string) => boolean): string | undefined {
  return code.startsWith('KEY_') && opens('/keys') ? `/keys?finding=${code}&select=all` : undefined
}
