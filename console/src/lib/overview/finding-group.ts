// Findings of one code together, as the overview lists them.
import type { FindingCode, FindingCount } from '@latchkey/sdk'
import { keysHref } from '#lib/findings/finding-kind.ts'
import { bySeverity } from '#lib/findings/finding-words.ts'
import { m } from '#lib/paraglide/messages.js'

/** One verb mends all keys with one of these. */
const mendedTogether: ReadonlySet<FindingCode> = new Set([
  'KEY_EXPIRES_SOON',
  'KEY_UNUSED',
  'KEY_WITHOUT_LIMITS',
])

/** Where several findings of a code are mended: the list of keys with all of them selected, for whoever may change keys, else the findings one by one. */
export function groupStep(
  code: FindingCode,
  opens: (screen: string) => boolean,
  scopes: readonly string[],
): { text: string; href: string } {
  const together = mendedTogether.has(code) && scopes.includes('keys:write')
  const href = together ? keysHref(code, opens) : undefined
  return href === undefined
    ? { text: m.overview_review(), href: `/findings?code=${code}&open=${code}` }
    : { text: m.overview_select_keys(), href }
}

/** Codes with findings that are not dismissed, the gravest first. */
export function openGroups(counts: readonly FindingCount[]): FindingCount[] {
  const open = counts.filter(({ count }) => count > 0)
  return bySeverity(open.toSorted((a, b) => b.count - a.count))
}
