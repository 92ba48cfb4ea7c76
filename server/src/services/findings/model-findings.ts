// Findings about models.
import { type Finding, finding } from '../../domain/findings/finding.ts'
import { storedPrices } from '../../domain/pricing/stored-prices.ts'
import { DAY_MS } from '../../domain/time.ts'
import { modelId } from '../../domain/upstreams/upstream-id.ts'
import { readUnpricedModels } from '../../store/queries/findings/other-facts.ts'
import type { ControlPlane } from '../control-plane.ts'

const NAMES_MAX = 100

/**
 * The models whose calls of the last 7 days had no known cost. The calls of a requested name, which may be `auto` or fit a pattern, count
 * for the model that takes them now, because its price is the one that is missing; a model whose routes are switched off keeps them while
 * it has no price of its own, so that its finding is the same when they are back. Where no model takes them, or one that has a price,
 * they count for the requested name itself: those calls went to another model, or came before its price.
 */
export async function modelFindings(plane: ControlPlane, nowMs: number): Promise<Finding[]> {
  const unpriced = await readUnpricedModels(plane.store, nowMs - 7 * DAY_MS, NAMES_MAX)
  const taken = unpriced.map((each) => ({ ...each, ...plane.routesOf(each.requested) }))
  const names = taken.flatMap(({ requested, target }) => [requested, target?.name ?? requested])
  const models = await readModels(plane, [...new Set(names)])
  const callsOf = new Map<string, number>()
  for (const { requested, calls, target, candidates } of taken) {
    const isUnpriced =
      target?.kind === 'MODEL' &&
      (candidates.length > 0
        ? !(await plane.isPriced(requested))
        : models.get(target.name)?.hasPrice === false)
    const name = isUnpriced ? target.name : requested
    callsOf.set(name, (callsOf.get(name) ?? 0) + calls)
  }
  return [...callsOf].map(([name, calls]) =>
    finding(
      'MODEL_WITHOUT_PRICE',
      { type: 'Model', id: models.get(name)?.id ?? name, label: name },
      { detail: { calls } },
    ),
  )
}

/** The models with these names, by name. `hasPrice`: one that an admin has set. */
async function readModels({ store }: ControlPlane, names: string[]) {
  const rows = await store.prisma.model.findMany({
    where: { name: { in: names } },
    select: { id: true, name: true, priceJson: true },
  })
  return new Map(
    rows.map(({ id, name, priceJson }) => [
      name,
      { id: modelId(id), hasPrice: storedPrices(priceJson) !== null },
    ]),
  )
}
