import { describe, expect, test, vi } from 'vitest'
import { follow } from './follow.ts'

/** A source that is handed its batches. */
function source() {
  const waiting: ((batch: number | null) => void)[] = []
  let ended = 0
  return {
    give: (batch: number) => waiting.shift()?.(batch),
    ended: () => ended,
    next: () => new Promise<number | null>((resolve) => waiting.push(resolve)),
    end() {
      ended++
      for (const resolve of waiting.splice(0)) resolve(null)
    },
  }
}

const always = async () => true

describe('a stream', () => {
  test('ends where access is gone when a batch comes, which is not handed on', async () => {
    const from = source()
    const verdicts = [true, false]
    const stream = follow({}, from, async () => verdicts.shift() ?? false)
    const first = stream.next()
    from.give(1)
    expect(await first).toEqual({ done: false, value: 1 })
    const second = stream.next()
    from.give(2)
    expect(await second).toEqual({ done: true, value: undefined })
    expect(from.ended()).toBe(1)
  })

  test('ends where access is gone while nothing comes', async () => {
    vi.useFakeTimers()
    try {
      const from = source()
      let holds = true
      const stream = follow({}, from, async () => holds)
      const next = stream.next()
      await vi.advanceTimersByTimeAsync(20_000)
      expect(from.ended()).toBe(0)
      holds = false
      await vi.advanceTimersByTimeAsync(5_000)
      expect([(await next).done, from.ended()]).toEqual([true, 2])
    } finally {
      vi.useRealTimers()
    }
  })

  test('goes on while access cannot be asked for, and ends after 15 minutes', async () => {
    vi.useFakeTimers()
    try {
      const from = source()
      const stream = follow({}, from, () => Promise.reject(new Error('no database')))
      const first = stream.next()
      from.give(1)
      expect((await first).done).toBe(false)
      const second = stream.next()
      await vi.advanceTimersByTimeAsync(15 * 60_000)
      expect((await second).done).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  test('ends when the server stops, also before it has begun, and when its reader leaves', async () => {
    const stopping = new AbortController()
    const from = source()
    const stream = follow({ draining: stopping.signal }, from, always)
    const next = stream.next()
    stopping.abort()
    expect((await next).done).toBe(true)
    const late = source()
    follow({ draining: stopping.signal }, late, always)
    expect(late.ended()).toBe(1)
    const left = source()
    const read = follow({}, left, always)
    await read.return?.()
    expect(left.ended()).toBe(1)
  })

  test('that fails ends its source', async () => {
    const end = vi.fn()
    const failing = { next: () => Promise.reject(new Error('x')), end }
    await expect(follow({}, failing, always).next()).rejects.toThrow('x')
    expect(end).toHaveBeenCalledOnce()
  })
})
