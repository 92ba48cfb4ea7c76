import { describe, expect, test } from 'vitest'
import type { Usage } from '../logs/call-record.ts'
import { NO_USAGE } from '../logs/generated/new-record.ts'
import { billedUsage, type CountedUnits, type UsageDetails } from './billable-usage.ts'

const tokens: Usage = { ...NO_USAGE, inputTokens: 100, outputTokens: 20 }
const plain: CountedUnits = {
  writes: true,
  images: null,
  makesImages: false,
  characters: null,
  hidesReasoning: false,
}
const details: UsageDetails = {
  convention: 'INCLUSIVE',
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  cachedAudioTokens: null,
  cachedImageTokens: null,
  inputAudioTokens: null,
  inputImageTokens: null,
  inputVideoTokens: null,
  outputAudioTokens: null,
  outputImageTokens: null,
  outputVideoTokens: null,
  seconds: null,
  totalTokens: null,
}
const perToken = { inputToken: 1, outputToken: 1 }

describe('tokens', () => {
  test('counted beside the cache become what the upstream reported', () => {
    // 10 + 70 + 20, as a log has them.
    const usage = { ...tokens, cachedInputTokens: 70 }
    const reported = { ...details, convention: 'EXCLUSIVE', cacheWriteTokens: 20 } as const
    expect(billedUsage(usage, reported, plain, perToken)).toMatchObject({
      inputTokens: 10,
      cachedInputTokens: 70,
      cacheWriteTokens: 20,
      outputTokens: 20,
    })
  })

  test('of a model that writes nothing need no output', () => {
    const usage = { ...NO_USAGE, inputTokens: 8 }
    expect(billedUsage(usage, null, plain, perToken).outputTokens).toBeNull()
    expect(billedUsage(usage, null, { ...plain, writes: false }, perToken).outputTokens).toBe(0)
  })

  test('of images that were sent and made are apart, as the upstream reports them', () => {
    const reported = { ...details, inputImageTokens: 60, outputImageTokens: 15 }
    expect(billedUsage(tokens, reported, { ...plain, makesImages: true }, perToken)).toMatchObject({
      inputTokens: 100,
      inputImageTokens: 60,
      outputImageTokens: 15,
    })
  })

  test('of audio and images from a cache are apart, where they have prices or none is known', () => {
    const reported = { ...details, cachedAudioTokens: 30, cachedImageTokens: 20 }
    const billed = (prices: Parameters<typeof billedUsage>[3]) => {
      const { cachedAudioTokens, cachedImageTokens } = billedUsage(tokens, reported, plain, prices)
      return [cachedAudioTokens, cachedImageTokens]
    }
    expect(billed(perToken)).toEqual([null, null])
    expect(billed({ ...perToken, cachedInputImageToken: 9 })).toEqual([null, 20])
    expect(billed({ ...perToken, cachedInputAudioToken: 9 })).toEqual([30, null])
    expect(billed(null)).toEqual([30, 20])
  })

  test('of a model that makes images alone are images, where they have a price of their own', () => {
    const makes = { ...plain, makesImages: true }
    expect(billedUsage(tokens, null, makes, perToken).outputImageTokens).toBeNull()
    expect(billedUsage(tokens, null, makes, { ...perToken, outputImageToken: 9 }).outputImageTokens).toBe(20)
    expect(
      billedUsage(tokens, null, plain, { ...perToken, outputImageToken: 9 }).outputImageTokens,
    ).toBeNull()
  })

  test('of reasoning that only the total holds are output, where the upstream is known for it', () => {
    const reported = { ...details, totalTokens: 170 }
    expect(billedUsage(tokens, reported, plain, perToken)).toMatchObject({
      outputTokens: 20,
      reasoningTokens: null,
    })
    const google = { ...plain, hidesReasoning: true }
    expect(billedUsage(tokens, reported, google, perToken)).toMatchObject({
      outputTokens: 70,
      reasoningTokens: 50,
    })
    const named = { ...tokens, reasoningTokens: 5 }
    expect(billedUsage(named, reported, google, perToken)).toMatchObject({
      outputTokens: 20,
      reasoningTokens: 5,
    })
  })
})

describe('images', () => {
  const requested = { ...plain, images: 3 }
  test.for([
    ['have a price', tokens, { image: 7 }, { images: 3, inputTokens: null }],
    ['and tokens have one', tokens, { image: 7, inputToken: 1 }, { images: 3, inputTokens: 100 }],
    ['have none, and tokens have', tokens, perToken, { images: null, inputTokens: 100 }],
    ['are all that is reported', NO_USAGE, perToken, { images: 3, inputTokens: null }],
    ['are reported where nothing has a price', tokens, null, { images: null, inputTokens: 100 }],
  ] as const)('that %s', ([, usage, prices, expected]) => {
    expect(billedUsage(usage, null, requested, prices)).toMatchObject(expected)
  })
})

test('a recording is billed by the second, a speech by the character', () => {
  const lasted = { ...details, seconds: 12.5 }
  expect(billedUsage(NO_USAGE, lasted, plain, { second: 1 })).toMatchObject({
    seconds: 12.5,
    inputTokens: null,
  })
  const spoken = { ...plain, characters: 40 }
  expect(billedUsage(NO_USAGE, null, spoken, { character: 1 })).toMatchObject({ characters: 40 })
})
