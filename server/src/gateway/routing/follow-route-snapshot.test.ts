import { afterEach, expect, test, vi } from 'vitest'
import { followModels } from './follow-route-snapshot.ts'
import type { ManagedModels } from './route-snapshot.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('passes on what is loaded, and tries again where loading fails', async () => {
  const responses: (ManagedModels | Error)[] = [
    managed('a'),
    new Error('away'),
    new Error('still'),
    managed('b'),
  ]
  const statuses: unknown[] = []
  const handedOn: string[] = []
  const follower = followModels({
    load: async () => {
      const response = responses.shift()
      if (response === undefined || response instanceof Error) throw response
      return response
    },
    handOn: ({ models }) => void handedOn.push(models[0]?.name ?? ''),
    onProblem: (_problems, error) => statuses.push((error as Error).message),
    retry: { firstMs: 1, maxMs: 1 },
  })
  await follower.reload()
  await follower.reload()
  expect([handedOn, statuses]).toEqual([['a'], ['away']])
  await expect.poll(() => handedOn, { interval: 2 }).toEqual(['a', 'b'])
  expect(statuses).toEqual(['away', 'still'])
  follower.close()
})

test('a change during a read is read again, once for all waiting announcements, and is in force when they resolve', async () => {
  const starts: ((models: ManagedModels) => void)[] = []
  const handedOn: string[] = []
  const follower = followModels({
    load: () => new Promise((resolve) => starts.push(resolve)),
    handOn: async ({ models }) => {
      await null
      handedOn.push(models[0]?.name ?? '')
    },
    onProblem: () => expect.unreachable(),
  })
  const first = follower.reload()
  const second = follower.reload()
  const third = follower.reload()
  starts[0]?.(managed('old'))
  await first
  expect(handedOn).toEqual(['old'])
  await expect.poll(() => starts.length, { interval: 1 }).toBe(2)
  starts[1]?.(managed('new'))
  await Promise.all([second, third])
  expect(handedOn).toEqual(['old', 'new'])
  expect(starts).toHaveLength(2)
})

test('reports what could not be decrypted', async () => {
  const statuses: unknown[] = []
  const follower = followModels({
    load: async () => ({ models: [], upstreams: [], problems: ['one', 'two'] }),
    handOn: () => undefined,
    onProblem: (problems, error) => statuses.push(problems, error),
  })
  await follower.reload()
  expect(statuses).toEqual([['one', 'two'], null])
})

test('reads no more once it is closed', async () => {
  vi.useFakeTimers()
  let loaded = 0
  const follower = followModels({
    load: async () => {
      loaded++
      throw new Error('away')
    },
    handOn: () => expect.unreachable(),
    onProblem: () => undefined,
    retry: { firstMs: 1, maxMs: 1 },
  })
  await follower.reload()
  await vi.advanceTimersByTimeAsync(1)
  expect(loaded).toBe(2)
  follower.close()
  await follower.reload()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(loaded).toBe(2)
})

function managed(name: string): ManagedModels {
  return {
    models: [
      {
        name,
        enabled: true,
        isDefault: false,
        maxOutputTokens: null,
        sessionAffinity: true,
        price: null,
        routes: [],
      },
    ],
    upstreams: [],
    problems: [],
  }
}
