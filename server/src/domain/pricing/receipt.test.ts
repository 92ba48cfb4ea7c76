import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { costAtMost } from './max-cost.ts'
import type { ModelPrices, PricedModel } from './prices.ts'
import { type BillableUsage, receiptOf } from './receipt.ts'

const usage: BillableUsage = {
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  cachedAudioTokens: null,
  cachedImageTokens: null,
  inputAudioTokens: null,
  inputImageTokens: null,
  inputVideoTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  outputAudioTokens: null,
  outputImageTokens: null,
  outputVideoTokens: null,
  images: null,
  seconds: null,
  characters: null,
}

function priced(base: ModelPrices['base'], tiers: ModelPrices['tiers'] = []): PricedModel {
  return { prices: { base, tiers }, source: { kind: 'OVERRIDE' } }
}

// $2.50 in, $1.25 cached, $10 out.
const gpt4o = priced({
  inputToken: 2_500_000_000,
  cachedInputToken: 1_250_000_000,
  outputToken: 10_000_000_000,
})
// $3 in, $0.30 cached, $3.75 written, $15 out.
const sonnet = priced({
  inputToken: 3_000_000_000,
  cachedInputToken: 300_000_000,
  cacheWriteToken: 3_750_000_000,
  outputToken: 15_000_000_000,
})

describe('by hand', () => {
  test('OpenAI: cached tokens are part of the input, reasoning of the output', () => {
    const receipt = receiptOf(
      { ...usage, inputTokens: 2_006, cachedInputTokens: 1_920, outputTokens: 300, reasoningTokens: 128 },
      'INCLUSIVE',
      gpt4o,
    )
    // 86 × 2500 + 1920 × 1250 + 300 × 10000 nano-dollars.
    expect(receipt).toEqual({
      costNanoUsd: 215_000n + 2_400_000n + 3_000_000n,
      // 1920 × (2500 - 1250).
      cacheSavedNanoUsd: 2_400_000,
      source: { kind: 'OVERRIDE' },
      convention: 'INCLUSIVE',
      unpricedTier: null,
      lines: [
        { unit: 'inputToken', quantity: 86, nanoUsdPerMillion: 2_500_000_000 },
        { unit: 'cachedInputToken', quantity: 1_920, nanoUsdPerMillion: 1_250_000_000 },
        { unit: 'outputToken', quantity: 172, nanoUsdPerMillion: 10_000_000_000 },
        { unit: 'reasoningToken', quantity: 128, nanoUsdPerMillion: 10_000_000_000 },
      ],
    })
  })

  test('Anthropic: the cache is counted beside the input', () => {
    const counted = {
      ...usage,
      inputTokens: 50,
      cachedInputTokens: 100_000,
      cacheWriteTokens: 248,
      outputTokens: 503,
    }
    // 50 × 3000 + 100000 × 300 + 248 × 3750 + 503 × 15000.
    expect(receiptOf(counted, 'EXCLUSIVE', sonnet).costNanoUsd).toBe(
      150_000n + 30_000_000n + 930_000n + 7_545_000n,
    )
    // The same numbers, counted as OpenAI does, would be another call: no plain input remains.
    expect(receiptOf(counted, 'INCLUSIVE', sonnet).costNanoUsd).toBe(30_000_000n + 930_000n + 7_545_000n)
  })

  test('the same call costs the same in both conventions', () => {
    const inclusive = {
      ...usage,
      inputTokens: 1_000,
      cachedInputTokens: 600,
      cacheWriteTokens: 100,
      outputTokens: 10,
    }
    const exclusive = { ...inclusive, inputTokens: 300 }
    expect(receiptOf(inclusive, 'INCLUSIVE', sonnet)).toEqual({
      ...receiptOf(exclusive, 'EXCLUSIVE', sonnet),
      convention: 'INCLUSIVE',
    })
  })

  test('what a cache saved is not known without the price of other input, and nothing where it costs more', () => {
    const counted = { ...usage, inputTokens: 10, cachedInputTokens: 10, outputTokens: 0 }
    const saved = (prices: ModelPrices['base']) =>
      receiptOf(counted, 'INCLUSIVE', priced({ outputToken: 1, ...prices })).cacheSavedNanoUsd
    expect(saved({ inputToken: 5_000_000_000, cachedInputToken: 1_000_000_000 })).toBe(40_000)
    expect(saved({ inputToken: 5_000_000_000 })).toBe(0)
    expect(saved({ cachedInputToken: 1_000_000_000 })).toBeNull()
    expect(saved({ inputToken: 1, cachedInputToken: 2 })).toBeNull()
    expect(
      receiptOf({ ...counted, cachedInputTokens: null }, 'INCLUSIVE', gpt4o).cacheSavedNanoUsd,
    ).toBeNull()
  })

  test('audio has prices of its own, for input and output', () => {
    const audio = priced({
      inputToken: 2_500_000_000,
      outputToken: 10_000_000_000,
      inputAudioToken: 40_000_000_000,
      outputAudioToken: 80_000_000_000,
    })
    const counted = {
      ...usage,
      inputTokens: 110,
      inputAudioTokens: 100,
      outputTokens: 60,
      outputAudioTokens: 50,
    }
    // 10 × 2500 + 100 × 40000 + 10 × 10000 + 50 × 80000.
    expect(receiptOf(counted, 'INCLUSIVE', audio).costNanoUsd).toBe(
      25_000n + 4_000_000n + 100_000n + 4_000_000n,
    )
  })

  test('cached audio and images have prices of their own, and save what they would cost else', () => {
    const realtime = priced({
      inputToken: 600_000_000,
      cachedInputToken: 60_000_000,
      outputToken: 2_400_000_000,
      inputAudioToken: 10_000_000_000,
      cachedInputAudioToken: 300_000_000,
      inputImageToken: 800_000_000,
      cachedInputImageToken: 80_000_000,
    })
    const counted = {
      ...usage,
      inputTokens: 100,
      cachedInputTokens: 64,
      cachedAudioTokens: 40,
      cachedImageTokens: 20,
      inputAudioTokens: 20,
      outputTokens: 10,
    }
    const { costNanoUsd, cacheSavedNanoUsd, lines } = receiptOf(counted, 'INCLUSIVE', realtime)
    expect(lines.map(({ unit, quantity }) => [unit, quantity])).toEqual([
      ['inputToken', 16],
      ['cachedInputToken', 4],
      ['cachedInputAudioToken', 40],
      ['cachedInputImageToken', 20],
      ['inputAudioToken', 20],
      ['outputToken', 10],
    ])
    // 16 × 600 + 4 × 60 + 40 × 300 + 20 × 80 + 20 × 10000 + 10 × 2400.
    expect(costNanoUsd).toBe(9_600n + 240n + 12_000n + 1_600n + 200_000n + 24_000n)
    // 4 × 540 + 40 × 9700 + 20 × 720.
    expect(cacheSavedNanoUsd).toBe(2_160 + 388_000 + 14_400)
  })

  test.each([
    // Without a price of its own: as other cached input, else as other input.
    [{ inputToken: 5, cachedInputToken: 2, outputToken: 7 }, 64n * 2n + 36n * 5n],
    [{ inputToken: 5, outputToken: 7 }, 100n * 5n],
  ])('cached audio at %j', (prices, expected) => {
    const scaled = Object.fromEntries(Object.entries(prices).map(([unit, usd]) => [unit, usd * 1_000_000]))
    const counted = { ...usage, inputTokens: 100, cachedInputTokens: 64, outputTokens: 0 }
    for (const cachedAudioTokens of [40, 64, 1_000])
      expect(receiptOf({ ...counted, cachedAudioTokens }, 'INCLUSIVE', priced(scaled)).costNanoUsd).toBe(
        expected,
      )
  })

  test('images, seconds and characters', () => {
    // $0.04 an image, $0.006 a minute, $15 for a million characters.
    const model = priced({ image: 40_000_000_000_000, second: 100_000_000_000, character: 15_000_000_000 })
    expect(receiptOf({ ...usage, images: 2 }, 'INCLUSIVE', model).costNanoUsd).toBe(80_000_000n)
    expect(receiptOf({ ...usage, seconds: 12.5 }, 'INCLUSIVE', model).costNanoUsd).toBe(1_250_000n)
    expect(receiptOf({ ...usage, characters: 40 }, 'INCLUSIVE', model).costNanoUsd).toBe(600_000n)
  })

  test('a long input has its price for the whole call, from the token after the threshold', () => {
    const long = priced({ inputToken: 3_000_000_000, outputToken: 15_000_000_000 }, [
      { aboveInputTokens: 200_000, prices: { inputToken: 6_000_000_000, outputToken: 22_500_000_000 } },
    ])
    const cost = (inputTokens: number) =>
      receiptOf({ ...usage, inputTokens, outputTokens: 1_000 }, 'INCLUSIVE', long).costNanoUsd
    expect(cost(200_000)).toBe(600_000_000n + 15_000_000n)
    expect(cost(200_001)).toBe(1_200_006_000n + 22_500_000n)
    // Anthropic's threshold counts the cache with the input.
    const cached = { ...usage, inputTokens: 1, cachedInputTokens: 200_000, outputTokens: 0 }
    expect(receiptOf(cached, 'EXCLUSIVE', long).costNanoUsd).toBe(1_200_006_000n)
  })

  test('a fraction of a nano-dollar is rounded once, in the total', () => {
    const cheap = priced({ inputToken: 37_500, outputToken: 37_500 })
    // 7 + 7 tokens × 0.0375 nano-dollars = 0.525.
    expect(receiptOf({ ...usage, inputTokens: 7, outputTokens: 7 }, 'INCLUSIVE', cheap).costNanoUsd).toBe(1n)
    expect(receiptOf({ ...usage, inputTokens: 7, outputTokens: 6 }, 'INCLUSIVE', cheap).costNanoUsd).toBe(0n)
  })
})

describe('a cost that is not known is null, not 0', () => {
  const counted = { ...usage, inputTokens: 10, outputTokens: 5 }

  test('without a price for the model', () => {
    expect(receiptOf(counted, 'INCLUSIVE', null)).toMatchObject({
      costNanoUsd: null,
      source: null,
      lines: [{ unit: 'inputToken', quantity: 10, nanoUsdPerMillion: null }, { unit: 'outputToken' }],
    })
  })

  test('without a price for a unit that was used', () => {
    expect(receiptOf(counted, 'INCLUSIVE', priced({ inputToken: 1 })).costNanoUsd).toBeNull()
    expect(
      receiptOf({ ...counted, outputTokens: 0 }, 'INCLUSIVE', priced({ inputToken: 1e6 })).costNanoUsd,
    ).toBe(10n)
  })

  test('without counts', () => {
    expect(receiptOf(usage, 'INCLUSIVE', gpt4o).costNanoUsd).toBeNull()
    expect(receiptOf({ ...usage, inputTokens: 10 }, 'INCLUSIVE', gpt4o).costNanoUsd).toBeNull()
  })

  test('but a price of 0 is free, and so is a call that used nothing', () => {
    expect(receiptOf(counted, 'INCLUSIVE', priced({ inputToken: 0, outputToken: 0 })).costNanoUsd).toBe(0n)
    expect(receiptOf({ ...usage, inputTokens: 0, outputTokens: 0 }, 'INCLUSIVE', gpt4o).costNanoUsd).toBe(0n)
  })
})

test('details larger than their total make nothing negative', () => {
  const odd = { ...usage, inputTokens: 5, cachedInputTokens: 9, outputTokens: 1, reasoningTokens: 4 }
  expect(receiptOf(odd, 'INCLUSIVE', gpt4o).lines.every(({ quantity }) => quantity > 0)).toBe(true)
})

describe('what a call can cost at most', () => {
  const size = { inputTokens: 0, outputTokens: 0, images: 0, seconds: 0, characters: 0 }

  test('takes the highest price that a token may have', () => {
    // 100 × 3750 (written) + 10 × 15000.
    expect(costAtMost(sonnet.prices, { ...size, inputTokens: 100, outputTokens: 10 })).toBe(375_000 + 150_000)
    expect(costAtMost(sonnet.prices, { ...size, images: 1 })).toBeNull()
    expect(costAtMost({ base: { cachedInputToken: 1 }, tiers: [] }, { ...size, inputTokens: 1 })).toBeNull()
    expect(costAtMost(sonnet.prices, size)).toBe(0)
  })

  test('is never below the receipt of a call that kept to its size', () => {
    const price = fc.integer({ min: 0, max: 100_000_000_000 })
    const prices = fc.record(
      {
        inputToken: price,
        cachedInputToken: price,
        cachedInputAudioToken: price,
        cacheWriteToken: price,
        inputAudioToken: price,
        outputToken: price,
        reasoningToken: price,
        outputAudioToken: price,
      },
      { requiredKeys: ['inputToken', 'outputToken'] },
    )
    const tiers = fc.uniqueArray(fc.record({ aboveInputTokens: fc.nat(2_000), prices }), {
      selector: ({ aboveInputTokens }) => aboveInputTokens,
      maxLength: 3,
    })
    const part = fc.nat(700)
    fc.assert(
      fc.property(prices, tiers, part, part, part, part, part, part, part, (base, unsorted, ...parts) => {
        const [plain = 0, cached = 0, written = 0, heard = 0, said = 0, thought = 0, promptText = 0] = parts
        const model = priced(
          base,
          unsorted.toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens),
        )
        const inputTokens = plain + cached + written + heard
        const outputTokens = said + thought + promptText
        const { costNanoUsd } = receiptOf(
          {
            ...usage,
            inputTokens,
            cachedInputTokens: cached,
            cachedAudioTokens: Math.floor(cached / 2),
            cacheWriteTokens: written,
            inputAudioTokens: heard,
            outputTokens,
            reasoningTokens: thought,
            outputAudioTokens: promptText,
          },
          'INCLUSIVE',
          model,
        )
        const most = costAtMost(model.prices, { ...size, inputTokens, outputTokens })
        expect(costNanoUsd).not.toBeNull()
        expect(most).toBeGreaterThanOrEqual(Number(costNanoUsd))
      }),
      { numRuns: 500 },
    )
  })
})
