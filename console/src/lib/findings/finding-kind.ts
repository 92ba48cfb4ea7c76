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

type Facts = (finding: Finding, now: number) => string

const facts: Partial<Record<FindingCode, Facts>> = {
  KEY_BUDGET_SPENT: callFacts,
  KEY_MODEL_REFUSED: callFacts,
  KEY_UPSTREAM_FAILING: callFacts,
  KEY_FORMER_SECRET_USED: callFacts,
  KEY_EXPIRES_SOON: ({ detail: { at } }, now) =>
    m.findings_facts_expires({
      when: at === null ? '–' : formatRelative(at, now),
      date: at === null ? '–' : formatDate(at),
    }),
  KEY_ALLOWS_UNUSED_MODELS: ({ detail }) => firstAndMore(detail.models ?? []),
  KEY_BUDGET_OVER_80: findingSentence,
  KEY_UNUSED: findingSentence,
}

/** What is known of one finding beside what its code means; undefined: nothing. `now`: ms since the epoch. */
export function findingFacts(finding: Finding, now: number): string | undefined {
  return facts[finding.code]?.(finding, now)
}

/** Whether findings of this code have facts of their own, before one of them has loaded. */
export function hasFacts(code: FindingCode): boolean {
  return facts[code] !== undefined
}

function callFacts({ detail: { at, calls } }: Finding, now: number): string {
  return m.findings_facts_calls({
    calls: calls === null ? '–' : formatNumber(calls),
    when: at === null ? '–' : formatRelative(at, now),
  })
}

/** The list of keys that have this finding, all of them selected; undefined where it is not about keys, or none `opens`. */
export function keysHref(code: FindingCode, opens: (screen: string) => boolean): string | undefined {
  return code.startsWith('KEY_') && opens('/keys') ? `/keys?finding=${code}&select=all` : undefined
}
