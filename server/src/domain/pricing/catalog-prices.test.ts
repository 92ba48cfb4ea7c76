import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CATALOG, loadPriceCatalog, modelPricesFrom } from './catalog-prices.ts'

const AT_MS = Date.parse('2026-11-22T12:00:00Z')

test('receipts name the version that is installed', () => {
  const entry = new URL(import.meta.resolve('@pydantic/genai-prices'))
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', entry), 'utf8'))
  expect(CATALOG).toBe(`${name} ${version}`)
})

describe('the catalog', () => {
  test('has OpenAI and Anthropic in integers, and says where from', async () => {
    const catalog = await loadPriceCatalog()
    expect(catalog.priceOf('openai', 'gpt-4o', AT_MS)).toEqual({
      prices: {
        base: {
          inputToken: 2_500_000_000,
          cachedInputToken: 1_250_000_000,
          outputToken: 10_000_000_000,
          // $10 and $2.50 for a thousand.
          webSearch: 10_000_000_000_000,
          fileSearch: 2_500_000_000_000,
        },
        tiers: [],
      },
      contextTokens: 128_000,
      source: { kind: 'CATALOG', catalog: CATALOG, provider: 'openai', model: 'gpt-4o', asOf: '2026-11-22' },
    })
    expect(catalog.priceOf('anthropic', 'claude-sonnet-4-5', AT_MS)?.prices).toEqual({
      base: {
        inputToken: 3_000_000_000,
        cachedInputToken: 300_000_000,
        cacheWriteToken: 3_750_000_000,
        cacheWrite1hToken: 6_000_000_000,
        outputToken: 15_000_000_000,
        webSearch: 10_000_000_000_000,
      },
      tiers: [
        {
          aboveInputTokens: 200_000,
          prices: {
            inputToken: 6_000_000_000,
            cachedInputToken: 600_000_000,
            cacheWriteToken: 7_500_000_000,
            cacheWrite1hToken: 12_000_000_000,
            outputToken: 22_500_000_000,
          },
        },
      ],
    })
    expect(catalog.priceOf('perplexity', 'sonar-deep-research', AT_MS)?.prices.base).toEqual({
      inputToken: 2_000_000_000,
      outputToken: 8_000_000_000,
      reasoningToken: 3_000_000_000,
      citationToken: 2_000_000_000,
      webSearch: 5_000_000_000_000,
    })
    expect(catalog.priceOf('google', 'gemini-embedding-2', AT_MS)?.prices.base).toMatchObject({
      inputVideoToken: 12_000_000_000,
    })
    expect(catalog.priceOf('google', 'gemini-omni-flash-preview', AT_MS)?.prices.base).toMatchObject({
      outputVideoToken: 17_500_000_000,
    })
    expect(catalog.priceOf('x-ai', 'grok-voice-latest', AT_MS)?.prices.base).toMatchObject({
      textMessage: 4_000_000_000_000,
    })
    // Images have prices of their own.
    expect(catalog.priceOf('openai', 'gpt-image-1.5', AT_MS)?.prices.base).toEqual({
      inputToken: 5_000_000_000,
      cachedInputToken: 1_250_000_000,
      inputImageToken: 8_000_000_000,
      cachedInputImageToken: 2_000_000_000,
      outputToken: 10_000_000_000,
      outputImageToken: 32_000_000_000,
    })
    expect(catalog.priceOf('openai', 'gpt-realtime-mini', AT_MS)?.prices.base).toMatchObject({
      cachedInputToken: 60_000_000,
      cachedInputAudioToken: 300_000_000,
      cachedInputImageToken: 80_000_000,
    })
    // $0.36 an hour.
    expect(catalog.priceOf('openai', 'whisper-1', AT_MS)?.prices.base).toEqual({ second: 100_000_000_000 })
  })

  test('guesses the provider from the name', async () => {
    const catalog = await loadPriceCatalog()
    expect(catalog.priceOf(null, 'gpt-4o', AT_MS)?.source).toMatchObject({ provider: 'openai' })
  })

  test.for([
    ['openai', 'no-such-model'],
    ['no-such-provider', 'gpt-4o'],
    [null, 'glm-unheard-of'],
    [null, ''],
  ] as const)('has nothing for %s %s', async ([provider, model]) => {
    const catalog = await loadPriceCatalog()
    expect(catalog.priceOf(provider, model, AT_MS)).toBeNull()
  })
})

describe('a float', () => {
  test('becomes the integer that was meant', () => {
    expect(modelPricesFrom({ input_mtok: 5.800000000000001, output_mtok: 0.07 })).toEqual({
      base: { inputToken: 5_800_000_000, outputToken: 70_000_000 },
      tiers: [],
    })
  })

  test.for([
    { input_mtok: -1 },
    { input_mtok: Number.NaN },
    { input_mtok: 1e12 },
    { social_searches_kcount: 10 },
    {},
  ])('that is none, or for nothing of ours, is no price: %j', (listed) => {
    expect(modelPricesFrom(listed)).toBeNull()
  })
})
