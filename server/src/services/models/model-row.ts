// Models as the store has them.
import type { AuditTarget } from '../../domain/audit/audit-event.ts'
import { modelId } from '../../domain/upstreams/upstream-id.ts'
import { failed, noSuch, type Result, stale } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { type UpstreamRow, WITH_PARTS } from '../upstreams/upstream-row.ts'

const ORDER: ({ priority: 'asc' } | { id: 'asc' })[] = [{ priority: 'asc' }, { id: 'asc' }]

/** What a read of a model includes; its routes are in the order in which they are tried. */
export const WITH_ROUTES = {
  routes: { orderBy: ORDER, include: { upstream: { include: WITH_PARTS } } },
}

type Prisma = Store['prisma']
export type ModelRouteRow = Awaited<ReturnType<Prisma['modelRoute']['findUniqueOrThrow']>> & {
  upstream: UpstreamRow
}
export type ModelRow = Awaited<ReturnType<Prisma['model']['findUniqueOrThrow']>> & { routes: ModelRouteRow[] }

/** The model as audit events name it. */
export function modelTarget({ id, name }: Pick<ModelRow, 'id' | 'name'>): AuditTarget {
  return { type: 'Model', id: modelId(id), label: name }
}

/** A model's routes as the audit trail has them. */
export function routesTexts(
  routes: readonly { upstreamName: string; upstreamModel: string; priority: number; weight: number }[],
): string[] {
  return routes
    .map(
      ({ upstreamName, upstreamModel, priority, weight }) =>
        `${upstreamName}: ${upstreamModel} (priority ${priority}, weight ${weight})`,
    )
    .sort()
}

/** `id` holds the id of no model. */
export function noSuchModel(): Result<never> {
  return noSuch('model', 'id')
}

/** `name` is that of another model. */
export function modelNameTaken(name: string): Result<never> {
  return failed(
    'TAKEN',
    'name',
    `There is a model "${name}" already. Change its routes, or choose another name.`,
  )
}

/** `expectedVersion` is not that of the model. */
export function staleModel(): Result<never> {
  return stale('model')
}

/** A route to an upstream that is not there, or is one of the environment. */
export function noSuchRouteMatch(): Result<never> {
  return failed(
    'NOT_FOUND',
    'routes',
    'routes: there is no such upstream to route to. It may have been deleted.',
  )
}
