// Findings of one code together, as the overview lists them.
import type { FindingCount, FindingSeverity } from '@latchkey/sdk'

const rank: Record<FindingSeverity, number> = { HIGH: 0, MEDIUM: 1, LOW: 2 }

/** Codes with findings that are not dismissed, the gravest first. */
export function openGroups(counts: readonly FindingCount[]): FindingCount[] {
  return counts
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => rank[a.severity] - rank[b.severity] || b.count - a.count)
}
