// What the calls of request logs cost at the prices of now: an admin's own price of the model, else the list price of the time of the call.
//
// Owner: one recalculation. Key: upstream, model there, requested model and quarter of an hour, since some list prices change with the hour.
// Bound: PRICES_MAX; the least recently used are evicted. Lifetime: the recalculation, or until the server stops; prices that
// change meanwhile count from the next one on.
import { LRUCache } from 'lru-cache'
import type { CallRecord } from '../../../domain/logs/call-record.ts'
import { loadPriceCatalog } from '../../../domain/pricing/catalog-prices.ts'
import { type ListedPlace, listPrice, mayBeListed } from '../../../domain/pricing/list-price.ts'
import type { PricedModel } from '../../../domain/pricing/prices.ts'
import { storedPrices } from '../../../domain/pricing/stored-prices.ts'
import { UPSTREAM_KINDS } from '../../../domain/upstreams/upstream-kind.ts'
import { requestIdTimeMs } from '../../../domain/uuid.ts'
import type { ControlPlane } from '../../control-plane.ts'

/** Null where the price is not known. */
export type CurrentPrices = (record: CallRecord) => Promise<PricedModel | null>

const PRICES_MAX = 1_000
const QUARTER_MS = 15 * 60_000

/** Reads the prices of all models, and where upstreams are; list prices are loaded with the first call that needs them. */
export async function currentPrices(plane: ControlPlane): Promise<CurrentPrices> {
  const { prisma } = plane.store
  const [models, upstreams] = await Promise.all([
    prisma.model.findMany({ where: { priceJson: { not: null } }, select: { name: true, priceJson: true } }),
    prisma.upstream.findMany({ select: { name: true, kind: true, baseUrl: true } }),
  ])
  const own = new Map<string, PricedModel>()
  for (const { name, priceJson } of models) {
    const prices = storedPrices(priceJson)
    if (prices !== null) own.set(name, { prices, source: { kind: 'OVERRIDE' } })
  }
  const places = new Map<string, ListedPlace>([
    ...plane.environmentUpstreams.map(({ name, baseUrl }) => [name, { kind: null, baseUrl }] as const),
    ...upstreams.map(({ name, kind, baseUrl }) => [name, { kind: kindOf(kind), baseUrl }] as const),
  ])
  const known = new LRUCache<string, { price: PricedModel | null }>({ max: PRICES_MAX })

  async function find({ requestedModel, upstream, resolvedModel }: CallRecord, atMs: number) {
    const target = plane.routesOf(requestedModel).target
    const ownPrice = target?.kind === 'MODEL' ? own.get(target.name) : undefined
    if (ownPrice !== undefined) return ownPrice
    const place = upstream === null ? undefined : places.get(upstream)
    if (place === undefined || resolvedModel === null || !mayBeListed(place)) return null
    return listPrice(await loadPriceCatalog(), place, resolvedModel, atMs)
  }

  return async (record) => {
    const { requestedModel, upstream, resolvedModel, id } = record
    const atMs = requestIdTimeMs(id)
    const name = JSON.stringify([upstream, resolvedModel, requestedModel, Math.floor(atMs / QUARTER_MS)])
    const kept = known.get(name)
    if (kept !== undefined) return kept.price
    const price = await find(record, atMs)
    known.set(name, { price })
    return price
  }
}

function kindOf(stored: string): ListedPlace['kind'] {
  return UPSTREAM_KINDS.find((kind) => kind === stored) ?? 'GENERIC'
}
