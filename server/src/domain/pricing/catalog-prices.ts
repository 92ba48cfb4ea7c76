// Public list prices from the catalog package @pydantic/genai-prices: the one npm source with maintainers, tiers and a
// history of prices. Its floats become integers here and nowhere else. An admin who knows other prices sets an override.
import type { ModelPrices, PricedModel, PriceUnit, UnitPrices } from './prices.ts'
import { PRICE_MAX } from './prices.ts'

/** The package and its version, as receipts name it; a test compares it with the one that is installed. */
export const CATALOG = '@pydantic/genai-prices 0.1.8'

/** Looks up a model's list price on a day. Null where the catalog has none. */
export type PriceCatalog = {
  /** The catalog's id of the provider that has this base URL; null where it knows none. */
  providerAt(baseUrl: string): string | null
  priceOf(provider: string | null, model: string, atMs: number): PricedModel | null
}

/**
 * Loads the catalog: 0.8 MB of code and data, so only where a price is needed. It opens no connection.
 * `provider` is one of the catalog's ids (`openai`, `anthropic`, `google` …); null: guessed from the model's name.
 */
export async function loadPriceCatalog(): Promise<PriceCatalog> {
  const { calcPrice, findProvider } = await import('@pydantic/genai-prices')
  return {
    providerAt: (baseUrl) => lookUp(() => findProvider({ providerApiUrl: baseUrl })?.id ?? null),
    priceOf(provider, model, atMs) {
      const timestamp = new Date(atMs)
      const found = lookUp(() =>
        calcPrice(NOTHING_USED, model, { ...(provider === null ? {} : { providerId: provider }), timestamp }),
      )
      if (found === null) return null
      const prices = modelPricesFrom(found.model_price)
      const asOf = timestamp.toISOString().slice(0, 10)
      const source = {
        kind: 'CATALOG',
        catalog: CATALOG,
        provider: found.provider.id,
        model: found.model.id,
        asOf,
      } as const
      if (prices === null) return null
      const { context_window: contextTokens } = found.model
      return { prices, source, ...(contextTokens !== undefined && { contextTokens }) }
    },
  }
}

const NOTHING_USED = { input_tokens: 0, output_tokens: 0 }

/** It throws for a provider that it does not know, and for prices that do not fit together: both mean that it has none. */
function lookUp<T>(find: () => T | null): T | null {
  try {
    return find()
  } catch {
    return null
  }
}

/** The catalog's names for our units, and how many of ours its price is for. */
const NAMES: [string, PriceUnit, number][] = [
  ['input_mtok', 'inputToken', 1e6],
  ['cache_read_mtok', 'cachedInputToken', 1e6],
  ['cache_audio_read_mtok', 'cachedInputAudioToken', 1e6],
  ['cache_image_read_mtok', 'cachedInputImageToken', 1e6],
  ['cache_write_mtok', 'cacheWriteToken', 1e6],
  ['cache_write_1h_mtok', 'cacheWrite1hToken', 1e6],
  ['input_audio_mtok', 'inputAudioToken', 1e6],
  ['input_image_mtok', 'inputImageToken', 1e6],
  ['input_video_mtok', 'inputVideoToken', 1e6],
  ['output_mtok', 'outputToken', 1e6],
  ['output_reasoning_mtok', 'reasoningToken', 1e6],
  ['output_audio_mtok', 'outputAudioToken', 1e6],
  ['output_image_mtok', 'outputImageToken', 1e6],
  ['output_video_mtok', 'outputVideoToken', 1e6],
  ['output_citation_mtok', 'citationToken', 1e6],
  ['audio_hours', 'second', 3_600],
  ['input_audio_hours', 'second', 3_600],
  ['input_mchars', 'character', 1e6],
  ['requests_kcount', 'request', 1_000],
  ['web_searches_kcount', 'webSearch', 1_000],
  ['storage_searches_kcount', 'fileSearch', 1_000],
  ['code_executions_kcount', 'codeSession', 1_000],
  ['input_text_messages_kcount', 'textMessage', 1_000],
]

/** A price of the catalog: dollars, or tiers of them by the length of the input. */
type CatalogPrice = number | { base: number; tiers: { start: number; price: number }[] } | undefined

/** Integers from the catalog's floats; null where none of its units is one of ours. */
export function modelPricesFrom(listed: Record<string, CatalogPrice>): ModelPrices | null {
  const base: UnitPrices = {}
  const starts = new Map<number, UnitPrices>()
  for (const [name, unit, units] of NAMES) {
    const price = listed[name]
    if (price === undefined || base[unit] !== undefined) continue
    const first = integerPrice(typeof price === 'number' ? price : price.base, units)
    if (first === null) return null
    base[unit] = first
    for (const tier of typeof price === 'number' ? [] : price.tiers) {
      const dearer = integerPrice(tier.price, units)
      if (dearer === null) return null
      starts.set(tier.start, { ...starts.get(tier.start), [unit]: dearer })
    }
  }
  if (Object.keys(base).length === 0) return null
  const tiers = [...starts].map(([aboveInputTokens, prices]) => ({ aboveInputTokens, prices }))
  return { base, tiers: tiers.sort((a, b) => a.aboveInputTokens - b.aboveInputTokens) }
}

/** Nano-USD for a million units from dollars for `units` of them. */
function integerPrice(dollars: number, units: number): number | null {
  const price = Math.round(((dollars * 1e9) / units) * 1e6)
  return Number.isSafeInteger(price) && price >= 0 && price <= PRICE_MAX ? price : null
}
