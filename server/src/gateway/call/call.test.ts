import { describe, expect, test } from 'vitest'
import { NO_USAGE } from '../../domain/logs/generated/new-record.ts'
import type { ActualUse } from '../admission/reservation.ts'
import { SESSION } from '../pricing/billable-units.ts'
import { Charge, NOTHING_REPORTED } from '../pricing/charge.ts'
import { Call } from './call.ts'

describe('what a call holds', () => {
  const exchange = { method: 'POST', path: '/v1/chat/completions', headers: {}, clientIp: null }

  function held(log: (ActualUse | 'released')[]) {
    return {
      admitted: true as const,
      shadow: [],
      limits: { requests: null, tokens: null },
      costNanoUsd: 500,
      charge: (used: ActualUse) => {
        log.push(used)
        return null
      },
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

  // A route without a price, as one whose upstream has chosen a tier without one.
  const unpriced = () => {
    const prices = { opening: () => null, priceOf: () => null, providerOf: () => null }
    const upstream = { name: 'default', baseUrl: 'http://u.test/v1', credential: null, models: ['*'] }
    return new Charge(prices, { upstream, model: 'm1' }, SESSION)
  }

  test('is settled with the money that it reserved, where its use is known and its cost is not', () => {
    const ends: (ActualUse | 'released')[] = []
    const call = new Call(exchange, () => undefined)
    call.hold(held(ends))
    call.noteAttempt('default', 'm1', unpriced())
    call.note({ inputTokens: 3, outputTokens: 4, usageSource: 'PROVIDER' })
    call.finish('SUCCESS')
    expect(ends).toEqual([{ tokens: 7, costNanoUsd: 500 }])
  })

  test('is settled with no money where its use is not known', () => {
    const ends: (ActualUse | 'released')[] = []
    const call = new Call(exchange, () => undefined)
    call.hold(held(ends))
    call.noteAttempt('default', 'm1', unpriced())
    call.finish('CANCELLED')
    expect(ends).toEqual([{ tokens: 0, costNanoUsd: 0 }])
  })

  test('is charged that money once, where it goes on', () => {
    const charged: (ActualUse | 'released')[] = []
    const call = new Call(exchange, () => undefined)
    call.hold(held(charged))
    call.noteAttempt('default', 'm1', unpriced())
    call.chargeSoFar({ ...NO_USAGE, inputTokens: 3, outputTokens: 4 }, NOTHING_REPORTED)
    call.chargeSoFar({ ...NO_USAGE, inputTokens: 5, outputTokens: 4 }, NOTHING_REPORTED)
    call.finish('SUCCESS')
    expect(charged).toEqual([
      { tokens: 7, costNanoUsd: 500 },
      { tokens: 2, costNanoUsd: 0 },
      { tokens: 9, costNanoUsd: 500 },
    ])
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
