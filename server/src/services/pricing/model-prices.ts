// What is known of a model's price, for admins to see.

import { isPattern } from '../../domain/models/name-pattern.ts'
import { loadPriceCatalog } from '../../domain/pricing/catalog-prices.ts'
import { listPrice, mayBeListed, providerAt } from '../../domain/pricing/list-price.ts'
import type { ModelPrices } from '../../domain/pricing/prices.ts'
import { storedPrices } from '../../domain/pricing/stored-prices.ts'
import { UPSTREAM_KINDS } from '../../domain/upstreams/upstream-kind.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ModelRow } from '../models/model-row.ts'

export const PRICE_ORIGINS = ['OVERRIDE', 'CATALOG', 'NONE', 'UPSTREAM'] as const
/** Where a price comes from: an admin, the catalog of list prices, or nowhere, so that what calls cost is not known, unless their upstream reports it (UPSTREAM). */
export type PriceOrigin = (typeof PRICE_ORIGINS)[number]

/** A pattern has as many list prices as names: of it only the origin is known, and that may lack a name. */
export type KnownPrice = { origin: PriceOrigin; listed: ModelPrices | null }

/** The price of a model's calls. From the catalog: the list price at the upstream of its first route. */
export async function priceOfModel(
  { clock }: Pick<ControlPlane, 'clock'>,
  { priceJson, routes }: ModelRow,
): Promise<KnownPrice> {
  const own = storedPrices(priceJson) !== null
  const [route] = routes
  const found = route === undefined ? null : await listed(route, clock())
  const origin = own ? 'OVERRIDE' : found === null ? 'NONE' : 'CATALOG'
  return { origin, listed: found === 'BY_NAME' ? null : found }
}

async function listed(
  { upstream, upstreamModel }: ModelRow['routes'][number],
  atMs: number,
): Promise<ModelPrices | 'BY_NAME' | null> {
  const kind = UPSTREAM_KINDS.find((known) => known === upstream.kind) ?? 'GENERIC'
  const place = { kind, baseUrl: upstream.baseUrl }
  if (!mayBeListed(place)) return null
  const catalog = await loadPriceCatalog()
  if (isPattern(upstreamModel)) return providerAt(catalog, place) === null ? null : 'BY_NAME'
  return listPrice(catalog, place, upstreamModel, atMs)?.prices ?? null
}
