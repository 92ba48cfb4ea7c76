import { expect, test } from 'vitest'
import { loadPriceCatalog, type PriceCatalog } from '../../domain/pricing/catalog-prices.ts'
import type { PricedModel } from '../../domain/pricing/prices.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import { createPriceBook } from './price-book.ts'

const at = (baseUrl: string): Upstream => ({ name: 'u', baseUrl, credential: null, models: [] })
const openai = at('https://api.openai.com/v1')
const own: PricedModel = {
  prices: { base: { inputToken: 7 }, tiers: [] },
  source: { kind: 'OVERRIDE' },
}

/** A catalog that counts its look-ups. */
async function counting() {
  const catalog = await loadPriceCatalog()
  const units: string[] = []
  let loads = 0
  const load = async (): Promise<PriceCatalog> => {
    loads++
    return {
      providerAt: catalog.providerAt,
      priceOf(provider, model, atMs) {
        units.push(model)
        return catalog.priceOf(provider, model, atMs)
      },
    }
  }
  return { load, units, loads: () => loads }
}

test('the catalog is loaded once, and only where a price may be in it', async () => {
  const { load, loads } = await counting()
  const book = createPriceBook(Date.now, () => {}, load)
  for (const route of [
    { upstream: at('http://127.0.0.1:8000/v1'), model: 'gpt-4o' },
    { upstream: at('echo:'), model: 'echo' },
    { upstream: openai, model: 'gpt-4o', price: own },
  ]) {
    expect(book.opening(route)).toBeNull()
    expect(book.priceOf(route)).toBe(route.price ?? null)
  }
  expect(loads()).toBe(0)
  const route = { upstream: openai, model: 'gpt-4o' }
  await Promise.all([book.opening(route), book.opening(route)])
  expect([loads(), book.opening(route)]).toEqual([1, null])
  expect(book.priceOf(route)?.source).toMatchObject({ provider: 'openai', model: 'gpt-4o' })
  expect(book.priceOf({ upstream: openai, model: null })).toBeNull()
  // An address that the catalog does not know has none, whatever its models are called.
  expect(book.priceOf({ upstream: at('https://llm.example.com/v1'), model: 'gpt-4o' })).toBeNull()
})

test('a price is looked up again after a while, and names are forgotten rather than kept without end', async () => {
  const { load, units } = await counting()
  let nowMs = Date.parse('2026-11-22T12:00:00Z')
  const book = createPriceBook(
    () => nowMs,
    () => {},
    load,
  )
  const route = { upstream: openai, model: 'gpt-4o' }
  await book.opening(route)
  const first = book.priceOf(route)
  expect(book.priceOf(route)).toBe(first)
  nowMs += 15 * 60_000
  expect(book.priceOf(route)).toEqual(first)
  expect(units).toEqual(['gpt-4o', 'gpt-4o'])
  for (let n = 0; n < 1_000; n++) expect(book.priceOf({ upstream: openai, model: `none-${n}` })).toBeNull()
  book.priceOf(route)
  expect(units.filter((name) => name === 'gpt-4o')).toHaveLength(3)
})

test('without the catalog nothing has a list price, and the next call tries again', async () => {
  const { load } = await counting()
  const internalErrors: unknown[] = []
  let broken = true
  const book = createPriceBook(
    Date.now,
    (error) => internalErrors.push(error),
    () => (broken ? Promise.reject(new Error('gone')) : load()),
  )
  const route = { upstream: openai, model: 'gpt-4o' }
  await book.opening(route)
  expect([book.priceOf(route), internalErrors.length]).toEqual([null, 1])
  broken = false
  await book.opening(route)
  expect(book.priceOf(route)).not.toBeNull()
})
