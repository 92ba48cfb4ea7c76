// Making and changing models.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { externalIdTaken, readExternalId } from '../../domain/automation/external-id.ts'
import {
  type RouteInput,
  readIsDefault,
  readMaxOutputTokens,
  readModelName,
  readRoutes,
} from '../../domain/models/model-input.ts'
import { readPrices, type SentPrices } from '../../domain/pricing/read-prices.ts'
import { pricesText } from '../../domain/pricing/stored-prices.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { lockAlone } from '../../store/transaction-locks.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import {
  type ModelRow,
  modelNameTaken,
  modelTarget,
  noSuchModel,
  noSuchRouteMatch,
  routesTexts,
  staleModel,
  WITH_ROUTES,
} from './model-row.ts'

/** The gateway keeps them all in memory. */
const MODELS_MAX = 10_000

export type ModelInput = {
  name: string
  externalId: string | null
  routes: RouteInput[]
  isDefault: boolean
  enabled: boolean
  maxOutputTokens: number | null
  sessionAffinity: boolean
  price: SentPrices | null
}

/** What is undefined stays as it is; null clears. Routes, where given, are all that are to be. */
export type UpdateModelInput = Partial<ModelInput> & {
  number: number
  /** The version that the client last read; STALE when the model has changed since. */
  expectedVersion: number | null
}

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]
type Fields = Pick<
  ModelRow,
  'name' | 'externalId' | 'isDefault' | 'enabled' | 'maxOutputTokens' | 'sessionAffinity' | 'priceJson'
>
type Wanted = Fields & { routes: (RouteInput & { upstreamModel: string })[] }

/** Creates a model, which takes calls at once. */
export async function createModel(
  plane: ControlPlane,
  actor: Actor,
  input: ModelInput,
): Promise<Result<ModelRow>> {
  const nowMs = plane.clock()
  const read = readModel(input)
  if (!read.ok) return read
  const { routes, ...fields } = read.value
  return changing(plane, fields.name, async (tx) => {
    if ((await tx.model.count({ where: { name: fields.name } })) > 0) return modelNameTaken(fields.name)
    if (await hasExternalId(tx, fields.externalId)) return externalIdTaken()
    if ((await tx.model.count()) >= MODELS_MAX) {
      return failed('OUT_OF_RANGE', null, `There are ${MODELS_MAX} models already. Delete one first.`, {
        maxItems: MODELS_MAX,
      })
    }
    if (!(await allExist(tx, routes))) return noSuchRouteMatch()
    if (fields.isDefault) await unsetPreviousDefault(plane.store, tx, actor, nowMs)
    const now = new Date(nowMs)
    const made = await tx.model.create({
      data: { ...fields, createdAt: now, updatedAt: now, routes: { create: routes.map(routeData) } },
      include: WITH_ROUTES,
    })
    const changes = changesBetween(null, trailed({ ...made, routes: storedRoutes(made) }))
    await tx.auditEvent.create({ data: auditEvent(actor, 'model.create', modelTarget(made), nowMs, changes) })
    return ok(made)
  })
}

/** Changes a model, from its next call on. An update without a change writes no audit event. */
export async function updateModel(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateModelInput,
): Promise<Result<ModelRow>> {
  const nowMs = plane.clock()
  let isChanged = false
  const change = async (tx: Transaction): Promise<Result<ModelRow>> => {
    const before = await tx.model.findUnique({ where: { id: input.number }, include: WITH_ROUTES })
    if (before === null) return noSuchModel()
    if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleModel()
    const read = readModel({ ...asInput(before), ...defined(input) })
    if (!read.ok) return read
    const { routes, ...fields } = read.value
    // A field that was not sent is not rewritten, perhaps in another spelling.
    if (input.price === undefined) fields.priceJson = before.priceJson
    const taken = fields.name !== before.name && (await tx.model.count({ where: { name: fields.name } })) > 0
    if (taken) return modelNameTaken(fields.name)
    if (fields.externalId !== before.externalId && (await hasExternalId(tx, fields.externalId)))
      return externalIdTaken()
    if (!(await allExist(tx, routes))) return noSuchRouteMatch()
    const [oldRoutes, freshRoutes] = [storedRoutes(before), await wantedRoutes(tx, routes)]
    const changes = changesBetween(
      trailed({ ...before, routes: oldRoutes }),
      trailed({ ...fields, routes: freshRoutes }),
    )
    if (changes.length === 0) return ok(before)
    isChanged = true
    // The version guards against a change between the read and this write, which PostgreSQL would let through.
    const { count } = await tx.model.updateMany({
      where: { id: before.id, version: before.version },
      data: { ...fields, updatedAt: new Date(nowMs), version: { increment: 1 } },
    })
    if (count === 0) return staleModel()
    if (fields.isDefault && !before.isDefault)
      await unsetPreviousDefault(plane.store, tx, actor, nowMs, before.id)
    if (oldRoutes.join() !== freshRoutes.join()) {
      await tx.modelRoute.deleteMany({ where: { modelId: before.id } })
      for (const route of routes)
        await tx.modelRoute.create({ data: { ...routeData(route), modelId: before.id } })
    }
    const after = await tx.model.findUniqueOrThrow({ where: { id: before.id }, include: WITH_ROUTES })
    await tx.auditEvent.create({
      data: auditEvent(actor, 'model.update', modelTarget(after), nowMs, changes),
    })
    return ok(after)
  }
  return changing(plane, input.name ?? '', change, () => isChanged)
}

/** Deletes a model: its name is unknown from the next call on. Returns its number. */
export async function deleteModel(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<number>> {
  const nowMs = plane.clock()
  return changing(plane, '', async (tx) => {
    const model = await tx.model.findUnique({ where: { id: number }, include: WITH_ROUTES })
    if (model === null) return noSuchModel()
    // deleteMany: of two concurrent deletions, one finds no row.
    const { count } = await tx.model.deleteMany({ where: { id: number } })
    if (count === 0) return noSuchModel()
    const changes = changesBetween(trailed({ ...model, routes: storedRoutes(model) }), null)
    await tx.auditEvent.create({
      data: auditEvent(actor, 'model.delete', modelTarget(model), nowMs, changes),
    })
    return ok(number)
  })
}

/** Runs a change in a transaction and announces it; a constraint that the database enforces becomes the error that the check would have given. */
async function changing<T>(
  plane: ControlPlane,
  name: string,
  change: (tx: Transaction) => Promise<Result<T>>,
  isChanged: () => boolean = () => true,
): Promise<Result<T>> {
  const result = await withConstraintProblems(
    { unique: () => modelNameTaken(name), 'foreign-key': noSuchRouteMatch },
    () => plane.store.prisma.$transaction(change),
  )
  if (result.ok && isChanged()) await plane.announceRoutesChange()
  return result
}

function readModel(input: ModelInput): Result<Wanted> {
  const name = readModelName(input.name)
  const externalId = readExternalId(input.externalId)
  // Under a name that is none, routes are judged as under any.
  const routes = readRoutes(input.routes, name.ok ? name.value : '*')
  const maxOutputTokens = readMaxOutputTokens(input.maxOutputTokens)
  const price = input.price === null ? ok(null) : readPrices(input.price, 'price')
  const isDefault = readIsDefault(input.isDefault, input.name)
  if (!name.ok || !externalId.ok || !routes.ok || !maxOutputTokens.ok || !price.ok || !isDefault.ok) {
    return { ok: false, errors: problemsOf(name, externalId, routes, maxOutputTokens, price, isDefault) }
  }
  return ok({
    name: name.value,
    externalId: externalId.value,
    enabled: input.enabled,
    isDefault: isDefault.value,
    maxOutputTokens: maxOutputTokens.value,
    sessionAffinity: input.sessionAffinity,
    priceJson: price.value === null ? null : pricesText(price.value),
    routes: routes.value,
  })
}

function asInput({ routes, ...model }: ModelRow): ModelInput {
  const { name, externalId, isDefault, enabled, maxOutputTokens, sessionAffinity } = model
  const sent = routes.map(({ upstreamId, upstreamModel, priority, weight }) => ({
    upstream: upstreamId,
    upstreamModel,
    priority,
    weight,
  }))
  return { name, externalId, isDefault, enabled, maxOutputTokens, sessionAffinity, routes: sent, price: null }
}

function defined({
  number: _number,
  expectedVersion: _version,
  ...input
}: UpdateModelInput): Partial<ModelInput> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}

async function hasExternalId(tx: Transaction, externalId: string | null): Promise<boolean> {
  return externalId !== null && (await tx.model.count({ where: { externalId } })) > 0
}

async function allExist(tx: Transaction, routes: RouteInput[]): Promise<boolean> {
  const numbers = [...new Set(routes.map(({ upstream }) => upstream))]
  return (await tx.upstream.count({ where: { id: { in: numbers } } })) === numbers.length
}

/** At most one model is the default. Unsetting the previous default is a change of that model, with its version and audit event. */
async function unsetPreviousDefault(
  store: Store,
  tx: Transaction,
  actor: Actor,
  nowMs: number,
  except = 0,
): Promise<void> {
  await lockAlone(store, tx, 'DEFAULT_MODEL')
  const changes: FieldChange[] = [{ path: 'isDefault', before: true, after: false }]
  for (const model of await tx.model.findMany({ where: { isDefault: true, id: { not: except } } })) {
    await tx.model.update({
      where: { id: model.id },
      data: { isDefault: false, updatedAt: new Date(nowMs), version: { increment: 1 } },
    })
    await tx.auditEvent.create({
      data: auditEvent(actor, 'model.update', modelTarget(model), nowMs, changes),
    })
  }
}

function routeData({ upstream, upstreamModel, priority, weight }: Wanted['routes'][number]) {
  return { upstreamId: upstream, upstreamModel, priority, weight }
}

type Trailed = Fields & { routes: string[] }

function trailed({ priceJson, ...model }: Trailed) {
  const { name, externalId, isDefault, enabled, maxOutputTokens, sessionAffinity, routes } = model
  return {
    name,
    externalId,
    isDefault,
    enabled,
    maxOutputTokens,
    sessionAffinity,
    price: parsed(priceJson),
    routes,
  }
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}

function storedRoutes({ routes }: ModelRow): string[] {
  return routesTexts(routes.map((route) => ({ ...route, upstreamName: route.upstream.name })))
}

async function wantedRoutes(tx: Transaction, routes: Wanted['routes']): Promise<string[]> {
  const named = await tx.upstream.findMany({ where: { id: { in: routes.map(({ upstream }) => upstream) } } })
  const names = new Map(named.map(({ id, name }) => [id, name]))
  return routesTexts(routes.map((route) => ({ ...route, upstreamName: names.get(route.upstream) ?? '' })))
}
