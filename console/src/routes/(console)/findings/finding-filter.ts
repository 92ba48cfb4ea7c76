// What the parameters of the URL ask of the findings: which of them, and which groups are open.
import type { FindingCode, FindingCount, FindingFilter, FindingSeverity } from '@latchkey/sdk'
import { bySeverity as gravestFirst, isFindingCode, severities } from '#lib/findings/finding-words.ts'

type Params = Pick<URLSearchParams, 'get'>
/** The findings of one code, of those that are dismissed or of the others. */
export type CodeCount = { code: FindingCode; count: number; severity: FindingSeverity }

const isSeverity = (text: string): text is FindingSeverity => Object.hasOwn(severities, text)

/** The filter, the codes whose groups are open, and values that mean nothing, which the screen names. */
export function findingFilter(params: Params): {
  filter: FindingFilter & { dismissed: boolean }
  open: FindingCode[]
  bad: { name: string; value: string }[]
} {
  const values = (name: string) => (params.get(name) ?? '').split(',').filter(Boolean)
  const severity = values('severity').filter(isSeverity)
  const code = values('code').filter(isFindingCode)
  const wrong = (name: string, isRight: (value: string) => boolean) =>
    values(name)
      .filter((value) => !isRight(value))
      .map((value) => ({ name, value }))
  return {
    filter: {
      dismissed: params.get('show') === 'dismissed',
      ...(severity.length > 0 && { severity }),
      ...(code.length > 0 && { code }),
    },
    open: values('open').filter(isFindingCode),
    bad: [...wrong('severity', isSeverity), ...wrong('code', isFindingCode), ...wrong('open', isFindingCode)],
  }
}

/** How many there are of each severity, of all codes. */
export function bySeverity(
  counts: readonly FindingCount[],
  dismissed: boolean,
): Map<FindingSeverity, number> {
  const totals = new Map<FindingSeverity, number>()
  for (const each of counts)
    totals.set(each.severity, (totals.get(each.severity) ?? 0) + countOf(each, dismissed))
  return totals
}

/** `chips`: the codes that have findings of the chosen severities, or are chosen; `groups`: those to show. The gravest first. */
export function codeGroups(
  counts: readonly FindingCount[],
  { dismissed, severity, code }: FindingFilter,
): { chips: CodeCount[]; groups: CodeCount[] } {
  const sorted = gravestFirst(
    counts
      .map((each) => ({
        code: each.code,
        severity: each.severity,
        count: countOf(each, dismissed === true),
      }))
      .toSorted((a, b) => b.count - a.count),
  )
  const isShown = (each: CodeCount) => each.count > 0 && severity?.includes(each.severity) !== false
  return {
    chips: sorted.filter((each) => code?.includes(each.code) || isShown(each)),
    groups: sorted.filter((each) => isShown(each) && code?.includes(each.code) !== false),
  }
}

function countOf({ count, dismissed }: FindingCount, ofDismissed: boolean): number {
  return ofDismissed ? dismissed : count
}
