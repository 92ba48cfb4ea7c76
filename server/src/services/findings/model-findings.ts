// Findings about models.
import { type Finding, finding } from '../../domain/findings/finding.ts'
import { DAY_MS } from '../../domain/time.ts'
import { modelId } from '../../domain/upstreams/upstream-id.ts'
import { readUnpricedModels } from '../../store/queries/findings/other-facts.ts'
import type { ControlPlane } from '../control-plane.ts'

const NAMES_MAX = 100

/**
 * The models whose calls of the last 7 days had no known cost. The calls of a requested name, which may be `auto` or fit a pattern, count
 * for the model that takes them now, because its price is the one that is missing. Where no model takes them, or one that has a price,
 * they count for the requested name itself: those calls went to another model, or came before its price.
 */
export async function modelFindings(plane: ControlPlane, nowMs: number): Promise<Finding[]> {
  const unpriced = await readUnpricedModels(plane.store, nowMs - 7 * DAY_MS, NAMES_MAX)
  const callsOf = new Map<string, number>()
  for (const { requested, calls } of unpriced) {
    const { target } = plane.routesOf(requested)
    const isUnpriced = target?.kind === 'MODEL' && !(await plane.isPriced(requested))
    const name = isUnpriced ? target.name : requested
    callsOf.set(name, (callsOf.get(name) ?? 0) + calls)
  }
  const models = await plane.store.prisma.model.findMany({
    where: { name: { in: [...callsOf.keys()] } },
    select: { id: true, name: true },
  })
  const ids = new Map(models.map(({ id, name }) => [name, modelId(id)]))
  return [...callsOf].map(([name, calls]) =>
    finding(
      'MODEL_WITHOUT_PRICE',
      { type: 'Model', id: ids.get(name) ?? name, label: name },
      { detail: { calls } },
    ),
  )
}
