import { afterEach, expect, test, vi } from 'vitest'
import { followModels } from './follow-route-snapshot.ts'
import type { ManagedModels } from './route-snapshot.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('hands on what is loaded, and tries again where loading fails', async () => {
  const answers: (ManagedModels | Error)[] = [
    managed('a'),
    new Error('away'),
    new Error('still'),
    managed('b'),
  ]
  const troubles: unknown[] = []
  const handedOn: string[] = []
  const follower = followModels({
    load: async () => {
      const answer = answers.shift()
      if (answer === undefined || answer instanceof Error) throw answer
      return answer
    },
    handOn: ({ models }) => void handedOn.push(models[0]?.name ?? ''),
    onTrouble: (_problems, error) => troubles.push((error as Error).message),
    retry: { firstMs: 1, maxMs: 1 },
  })
  await follower.reload()
  await follower.reload()
  expect([handedOn, troubles]).toEqual([['a'], ['away']])
  await expect.poll(() => handedOn, { interval: 2 }).toEqual(['a', 'b'])
  expect(troubles).toEqual(['away', 'still'])
  follower.close()
})

test('a change during a read is read again, once for all who wait, and is in force when they go on', async () => {
  const starts: ((models: ManagedModels) => void)[] = []
  const handedOn: string[] = []
  const follower = followModels({
    load: () => new Promise((resolve) => starts.push(resolve)),
    handOn: async ({ models }) => {
      await null
      handedOn.push(models[0]?.name ?? '')
    },
    onTrouble: () => expect.unreachable(),
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

test('says what could not be opened', async () => {
  const troubles: unknown[] = []
  const follower = followModels({
    load: async () => ({ models: [], problems: ['one', 'two'] }),
    handOn: () => undefined,
    onTrouble: (problems, error) => troubles.push(problems, error),
  })
  await follower.reload()
  expect(troubles).toEqual([['one', 'two'], null])
})

test('asks no more once it is closed', async () => {
  vi.useFakeTimers()
  let loaded = 0
  const follower = followModels({
    load: async () => {
      loaded++
      throw new Error('away')
    },
    handOn: () => expect.unreachable(),
    onTrouble: () => undefined,
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
    models: [{ name, enabled: true, isDefault: false, maxOutputTokens: null, price: null, routes: [] }],
    problems: [],
  }
}
