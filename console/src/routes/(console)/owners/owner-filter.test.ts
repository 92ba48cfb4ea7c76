import { describe, expect, it } from 'vitest'
import { ownerFilter, ownerFindings } from './owner-filter.ts'

const filterOf = (query: string) => ownerFilter(new URLSearchParams(query))
const budget = (usedPercent: number) => ({ usedPercent }) as Parameters<typeof ownerFindings>[0][number]

describe('the filter of owners', () => {
  it('is of a kind, a search, the disabled, or those that have nearly spent a budget', () => {
    expect(filterOf('q=+search+&show=TEAM').filter).toEqual({ search: 'search', kind: 'TEAM' })
    expect(filterOf('show=disabled').filter).toEqual({ disabled: true })
    expect(filterOf('show=over-80').filter).toEqual({ budgetUsedAtLeast: 80 })
    expect(filterOf('')).toEqual({ filter: {}, bad: null })
  })

  it('names what means nothing', () => {
    for (const show of ['over-90', 'toString'])
      expect(filterOf(`show=${show}`)).toEqual({ filter: {}, bad: show })
  })
})

describe('what was found about an owner', () => {
  it('is of its fullest budget', () => {
    const codes = (...used: number[]) => ownerFindings(used.map(budget)).map(({ code }) => code)
    expect([codes(), codes(79), codes(10, 80), codes(100, 3)]).toEqual([
      [],
      [],
      ['KEY_BUDGET_OVER_80'],
      ['KEY_BUDGET_SPENT'],
    ])
  })
})
