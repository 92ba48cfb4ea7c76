import { expect, test } from 'vitest'
import { type KeysetPage, type PagingArgs, readPage } from './paging.ts'

const ALL = [9, 8, 7, 6, 5, 4, 3, 2, 1]

function read(args: PagingArgs, keys = ALL) {
  return readPage(args, {
    keyOf: (cursor) => (/^c\d+$/.test(cursor) ? Number(cursor.slice(1)) : null),
    cursorOf: (item: number) => `c${item}`,
    find: async ({ limit, olderThan, newerThan, oldestFirst }: KeysetPage<number>) => {
      const remaining = keys.filter((key) => key < (olderThan ?? 99) && key > (newerThan ?? 0))
      return oldestFirst ? remaining.slice(-limit) : remaining.slice(0, limit)
    },
  })
}

async function walk(args: PagingArgs, keys = ALL) {
  const { edges, pageInfo } = await read(args, keys)
  return [edges.map((edge) => edge.node), pageInfo.hasPreviousPage, pageInfo.hasNextPage]
}

test('walks from new to old', async () => {
  expect(await walk({ first: 4 })).toEqual([[9, 8, 7, 6], false, true])
  expect(await walk({ first: 4, after: 'c6' })).toEqual([[5, 4, 3, 2], true, true])
  expect(await walk({ first: 4, after: 'c2' })).toEqual([[1], true, false])
})

test('walks back from old to new', async () => {
  expect(await walk({ last: 4 })).toEqual([[4, 3, 2, 1], true, false])
  expect(await walk({ last: 4, before: 'c4' })).toEqual([[8, 7, 6, 5], true, true])
  expect(await walk({ last: 4, before: 'c8' })).toEqual([[9], false, true])
})

test('pages on from a row that was deleted', async () => {
  const remaining = ALL.filter((key) => key !== 6)
  expect(await walk({ first: 2, after: 'c6' }, remaining)).toEqual([[5, 4], true, true])
  expect(await walk({ last: 2, before: 'c6' }, remaining)).toEqual([[8, 7], true, true])
})

test('an empty page has no cursors', async () => {
  const { pageInfo } = await read({ first: 4, after: 'c1' })
  expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null })
})

test('a page of none says whether there is more', async () => {
  expect(await walk({ first: 0 })).toEqual([[], false, true])
  expect(await walk({ first: 0, after: 'c1' })).toEqual([[], true, false])
  expect(await walk({ last: 0 })).toEqual([[], true, false])
  expect(await walk({ last: 0, before: 'c9' })).toEqual([[], false, true])
})

test.for<[PagingArgs, string]>([
  [{ first: 101 }, 'first'],
  [{ first: -1 }, 'first'],
  [{ last: -1 }, 'last'],
  [{ last: 101 }, 'last'],
  [{ first: 1, last: 1 }, 'last'],
  [{ first: 1, before: 'c3' }, 'last'],
  [{ after: 'c3', before: 'c1' }, 'last'],
  [{ after: 'nonsense' }, 'after'],
  [{ after: '' }, 'after'],
  [{ before: 'nonsense' }, 'before'],
])('refuses %j, naming %s', async ([args, param]) => {
  await expect(read(args)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', param })
})
