// What the parameters of the URL ask of the list of findings.
import type { FindingCode, FindingCount, FindingFilter, FindingSeverity } from '@latchkey/sdk'
import { isFindingCode, severities } from '#lib/findings/finding-words.ts'

type Params = Pick<URLSearchParams, 'get'>

const isSeverity = (text: string): text is FindingSeverity => Object.hasOwn(severities, text)

/** The filter, and values that mean nothing, which the screen names. */
export function findingFilter(params: Params): {
  filter: FindingFilter & { dismissed: boolean }
  bad: { name: string; value: string }[]
} {
  const values = (name: string) => (params.get(name) ?? '').split(',').filter(Boolean)
  const severity = values('severity').filter(isSeverity)
  const code = values('code').filter(isFindingCode)
  const bad = [
    ...values('severity')
      .filter((value) => !isSeverity(value))
      .map((value) => ({ name: 'severity', value })),
    ...values('code')
      .filter((value) => !isFindingCode(value))
      .map((value) => ({ name: 'code', value })),
  ]
  return {
    filter: {
      dismissed: params.get('show') === 'dismissed',
      ...(severity.length > 0 && { severity }),
      ...(code.length > 0 && { code }),
    },
    bad,
  }
}

/** How many there are of each severity, of all codes. */
export function bySeverity(
  counts: readonly FindingCount[],
  dismissed: boolean,
): Map<FindingSeverity, number> {
  const sums = new Map<FindingSeverity, number>()
  for (const each of counts)
    sums.set(each.severity, (sums.get(each.severity) ?? 0) + countOf(each, dismissed))
  return sums
}

/** The codes that have findings, or are chosen, of the chosen severities; the gravest first. */
export function codeChips(
  counts: readonly FindingCount[],
  { dismissed, severity, code }: FindingFilter,
): { code: FindingCode; count: number; severity: FindingSeverity }[] {
  const order = Object.keys(severities)
  return counts
    .map((each) => ({ code: each.code, severity: each.severity, count: countOf(each, dismissed === true) }))
    .filter(
      (each) => code?.includes(each.code) || (each.count > 0 && severity?.includes(each.severity) !== false),
    )
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.count - a.count)
}

function countOf({ count, dismissed }: FindingCount, ofDismissed: boolean): number {
  return ofDismissed ? dismissed : count
}
