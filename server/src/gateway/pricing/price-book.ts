// What models cost, for calls: an admin's own price, otherwise the catalog's list price of the upstream's provider.
//
// Owner: the gateway. Key: the provider and the model's name there. Bound: NAMES_MAX names, the least recently used are evicted. Lifetime:
// FRESH_MS, since list prices change with the day, and some with its hour. An admin's own price is not kept here: it comes
// with the route, and is replaced with the route table.
import { LRUCache } from 'lru-cache'
import { loadPriceCatalog, type PriceCatalog } from '../../domain/pricing/catalog-prices.ts'
import { type ListedPlace, listPrice, mayBeListed, providerAt } from '../../domain/pricing/list-price.ts'
import type { PricedModel } from '../../domain/pricing/prices.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { Route } from '../routing/route-table.ts'

export type PricedRoute = Pick<Route, 'upstream' | 'model' | 'price'>

export type PriceBook = {
  /** Null where the price of this route is known; otherwise resolves when the catalog is loaded. Never rejects. */
  opening(route: PricedRoute): Promise<void> | null
  /** Null where the price is not known. Only after `opening`. */
  priceOf(route: PricedRoute): PricedModel | null
  /** The catalog's id of the upstream's provider; null where it is not known. */
  providerOf(upstream: Upstream): string | null
}

const NAMES_MAX = 1_000
const FRESH_MS = 15 * 60_000

/** `clock` in milliseconds since the epoch. The catalog is loaded with the first call that may need it, and stays. */
export function createPriceBook(
  clock: () => number,
  onInternalError: (error: unknown) => void,
  load: () => Promise<PriceCatalog> = loadPriceCatalog,
): PriceBook {
  let catalog: PriceCatalog | null = null
  let loading: Promise<void> | null = null
  // Of each upstream, as long as the route table that it came with; null: of none.
  const providers = new WeakMap<Upstream, { id: string | null }>()
  const known = new LRUCache<string, { found: PricedModel | null; untilMs: number }>({ max: NAMES_MAX })

  /** Once for all that wait. Without it models have no list price, and the next call tries again. */
  function open(): Promise<void> {
    loading ??= load().then(
      (loaded) => {
        catalog = loaded
      },
      (error) => {
        loading = null
        onInternalError(error)
      },
    )
    return loading
  }

  function providerOf(upstream: Upstream): string | null {
    let provider = providers.get(upstream)
    if (provider === undefined) {
      const place = placeOf(upstream)
      if (!mayBeListed(place)) provider = { id: null }
      else if (catalog === null) return null
      else provider = { id: providerAt(catalog, place) }
      providers.set(upstream, provider)
    }
    return provider.id
  }

  return {
    opening({ upstream, price }) {
      if (price !== undefined || catalog !== null || providers.get(upstream)?.id === null) return null
      if (mayBeListed(placeOf(upstream))) return open()
      providers.set(upstream, { id: null })
      return null
    },
    priceOf({ upstream, model, price }) {
      if (price !== undefined) return price
      const provider = providerOf(upstream)
      if (provider === null || catalog === null || model === null) return null
      const name = `${provider} ${model}`
      const nowMs = clock()
      const kept = known.get(name)
      if (kept !== undefined && nowMs < kept.untilMs) return kept.found
      const found = listPrice(catalog, placeOf(upstream), model, nowMs)
      known.set(name, { found, untilMs: nowMs + FRESH_MS })
      return found
    },
    providerOf,
  }
}

function placeOf({ settings, baseUrl }: Upstream): ListedPlace {
  return { kind: settings?.kind ?? null, baseUrl }
}
