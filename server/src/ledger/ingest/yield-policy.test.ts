import { describe, expect, test } from 'vitest'
import { createYieldPolicy } from './yield-policy.ts'

const MIB = 1024 * 1024
const behind = (mib: number, isAwaited = false) => ({ lagBytes: mib * MIB, isAwaited })

function policy(hurries = false) {
  const clock = { ms: 0 }
  return { clock, policy: createYieldPolicy(hurries, () => clock.ms) }
}

describe('ingestion', () => {
  test('yields up to 64 MiB behind, and not beyond', () => {
    const { policy: one } = policy()
    expect(one.yields(behind(64))).toBe(true)
    expect(one.yields(behind(65))).toBe(false)
  })

  test('yields up to 4 MiB behind while a reader waits, and not beyond', () => {
    const { policy: one } = policy()
    expect(one.yields(behind(4, true))).toBe(true)
    expect(one.yields(behind(5))).toBe(true)
    expect(one.yields(behind(5, true))).toBe(false)
  })

  test('does not yield again before it has caught up, no reader waits, and 30 s are over', () => {
    const { policy: one, clock } = policy()
    one.yields(behind(65))
    clock.ms = 30_000
    expect(one.yields(behind(2))).toBe(false)
    expect(one.yields(behind(0, true))).toBe(false)
    clock.ms = 29_999
    expect(one.yields(behind(0))).toBe(false)
    clock.ms = 30_000
    expect(one.yields(behind(1))).toBe(true)
    expect(one.yields(behind(64))).toBe(true)
  })

  test('that takes the place of a thread which had fallen behind does not yield for the first 30 s', () => {
    const { policy: one, clock } = policy(true)
    expect(one.yields(behind(0))).toBe(false)
    clock.ms = 30_000
    expect(one.yields(behind(0))).toBe(true)
  })
})
