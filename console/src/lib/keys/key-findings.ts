// The findings about a key in two or three words, the one that matters most first.
import type { FindingCode, FindingSeverity } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

export type KeyFinding = { readonly code: FindingCode; readonly severity: FindingSeverity }

const rank: Record<FindingSeverity, number> = { HIGH: 0, MEDIUM: 1, LOW: 2 }

/** The most severe first. */
export function bySeverity<Each extends KeyFinding>(findings: readonly Each[]): Each[] {
  return findings.toSorted((a, b) => rank[a.severity] - rank[b.severity])
}

/** "Budget spent". A code that is not about keys is shown as it is. */
export function findingName(code: FindingCode): string {
  switch (code) {
    case 'KEY_BUDGET_SPENT':
      return m.finding_budget_spent()
    case 'KEY_BUDGET_OVER_80':
      return m.finding_over_80()
    case 'KEY_MODEL_REFUSED':
      return m.finding_model_refused()
    case 'KEY_UPSTREAM_FAILING':
      return m.finding_upstream_failing()
    case 'KEY_EXPIRES_SOON':
      return m.finding_expires_soon()
    case 'KEY_UNUSED':
      return m.finding_unused()
    case 'KEY_WITHOUT_LIMITS':
      return m.finding_without_limits()
    case 'KEY_FORMER_SECRET_USED':
      return m.finding_former_secret()
    case 'KEY_NEVER_ROTATED':
      return m.finding_old_secret()
    case 'KEY_ALLOWS_UNUSED_MODELS':
      return m.finding_unused_models()
    default:
      return code
  }
}
