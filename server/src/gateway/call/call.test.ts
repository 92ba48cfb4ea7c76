import { describe, expect, test } from 'vitest'
import type { ActualUse } from '../admission/reservation.ts'
import { Call } from './call.ts'

describe('what a call holds', () => {
  const exchange = { method: 'POST', path: '/v1/chat/completions', headers: {}, clientIp: null }

  function held(log: (ActualUse | 'released')[]) {
    return {
      admitted: true as const,
      shadow: [],
      limits: { requests: null, tokens: null },
      charge: () => null,
      settle: (actual: ActualUse) => void log.push(actual),
      release: () => void log.push('released'),
    }
  }

  test('is settled with what it used, once, where it was sent to an upstream', () => {
    const ends: (ActualUse | 'released')[] = []
    const call = new Call(exchange, () => undefined)
    call.hold(held(ends))
    call.note({ upstream: 'default', inputTokens: 3, outputTokens: 4 })
    expect(ends).toEqual([])
    call.finish('SUCCESS')
    call.finish('ERROR')
    expect(ends).toEqual([{ tokens: 7, costNanoUsd: 0 }])
  })

  test('is given back where it was not', () => {
    const ends: (ActualUse | 'released')[] = []
    const call = new Call(exchange, () => undefined)
    call.hold(held(ends))
    call.finish('DENIED')
    expect(ends).toEqual(['released'])
  })

  test('is the last alone, and nothing after its end', () => {
    const [first, second, late]: (ActualUse | 'released')[][] = [[], [], []]
    const call = new Call(exchange, () => undefined)
    call.hold(held(first ?? []))
    call.hold(held(second ?? []))
    expect([first, second]).toEqual([['released'], []])
    call.finish('CANCELLED')
    call.hold(held(late ?? []))
    expect([second, late]).toEqual([['released'], ['released']])
  })
})
