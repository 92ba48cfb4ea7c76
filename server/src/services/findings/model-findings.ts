// Findings about models.
import { type Finding, finding } from '../../domain/findings/finding.ts'
import { DAY_MS } from '../../domain/time.ts'
import { modelId } from '../../domain/upstreams/upstream-id.ts'
import { readUnpricedModels } from '../../store/queries/findings/other-facts.ts'
import type { ControlPlane } from '../control-plane.ts'

const NAMES_MAX = 100

/**
 * The models whose calls of the last 7 days had no known cost. What was requested, which may be `auto` or a name that a pattern fits,
 * counts for the model that takes its calls now, because that is where a price is missing. It stands for itself where none takes them,
 * or one with a price, which the calls before it went to had not.
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
