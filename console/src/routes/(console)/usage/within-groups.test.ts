import { expect, test } from 'vitest'
import { groupings, notWithin, withinOf } from './within-groups.ts'

test('every other group is offered within one, or said not to be counted with it', () => {
  for (const by of groupings)
    expect([by, ...withinOf[by], ...notWithin(by)].toSorted()).toEqual([...groupings].toSorted())
  expect(notWithin('owner')).toEqual(['label', 'tag', 'upstream', 'endpoint'])
  expect(withinOf.tag).toEqual([])
})
