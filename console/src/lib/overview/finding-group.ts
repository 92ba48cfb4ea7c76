// Findings of one code together, as the overview lists them.
import type { FindingCode, FindingCount } from '@latchkey/sdk'
import { bySeverity } from '#lib/findings/finding-words.ts'
import { m } from '#lib/paraglide/messages.js'

/** The chips of the list of keys that show the keys of a finding, where one verb mends all of them. */
const keyChips: Partial<Record<FindingCode, string>> = {
  KEY_EXPIRES_SOON: 'expiring',
  KEY_UNUSED: 'unused',
  KEY_WITHOUT_LIMITS: 'no-limit',
}

/** Where several findings of a code are mended: the list of keys with all of them selected, else the findings one by one. */
export function groupStep(
  code: FindingCode,
  opens: (screen: string) => boolean,
): { text: string; href: string } {
  const chip = keyChips[code]
  return chip !== undefined && opens('/keys')
    ? { text: m.overview_select_keys(), href: `/keys?show=${chip}&select=all` }
    : { text: m.overview_review(), href: `/findings?code=${code}` }
}

/** Codes with findings that are not dismissed, the gravest first. */
export function openGroups(counts: readonly FindingCount[]): FindingCount[] {
  const open = counts.filter(({ count }) => count > 0)
  return bySeverity(open.toSorted((a, b) => b.count - a.count))
}
