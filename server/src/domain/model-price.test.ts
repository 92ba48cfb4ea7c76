import { expect, test } from 'vitest'
import { modelPriceOf, readModelPrice } from './model-price.ts'

test('prices are kept as JSON in a fixed order and come back as they were', () => {
  const sent = { outputNanoUsdPerMillion: 10_000_000_000, inputNanoUsdPerMillion: 0, perImageNanoUsd: null }
  const read = readModelPrice(sent)
  expect(read).toEqual({
    ok: true,
    value: '{"inputNanoUsdPerMillion":0,"outputNanoUsdPerMillion":10000000000}',
  })
  expect(modelPriceOf(read.ok ? read.value : null)).toEqual({
    inputNanoUsdPerMillion: 0,
    outputNanoUsdPerMillion: 10_000_000_000,
  })
})

test('no part is no price', () => {
  for (const none of [null, {}, { perSecondNanoUsd: null }]) {
    expect(readModelPrice(none)).toEqual({ ok: true, value: null })
  }
})

test.for([-1, 0.5, 1e15 + 1, Number.NaN, Number.POSITIVE_INFINITY])('%s is no price', (value) => {
  expect(readModelPrice({ perCharacterNanoUsd: value })).toMatchObject({
    ok: false,
    errors: [
      { code: 'OUT_OF_RANGE', field: 'price', message: expect.stringContaining('price.perCharacterNanoUsd') },
    ],
  })
})

test.for([
  null,
  '',
  '[]',
  '1',
  'null',
  '{}',
  '{"other":1}',
  '{"perImageNanoUsd":-1}',
  '{"perImageNanoUsd":"1"}',
])('kept %j is none', (kept) => {
  expect(modelPriceOf(kept)).toBeNull()
})
