// Starting and cancelling recalculations of costs, and how far they are.
import { AdminError } from '../../../domain/admin-errors.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../../domain/audit/audit-event.ts'
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { failed, ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import { oldestRequestLogMs } from '../../../store/queries/verification.ts'
import { lockAlone } from '../../../store/transaction-locks.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { type Recalculation, recalculationFrom, recalculationTarget } from './recalculation-row.ts'

export type RecalculateInput = {
  /** Milliseconds since the epoch; null: from the oldest request log, to now. */
  fromMs: number | null
  toMs: number | null
  missingOnly: boolean
  dryRun: boolean
  /** Null: of all. */
  models: string[] | null
  upstreams: string[] | null
  apiKeyIds: number[] | null
}

/** Members of each list. */
export const RECALCULATED_MEMBERS_MAX = 100
const NAME_MAX = 256

/**
 * Starts one, which goes on by itself, also after a restart. One at a time: IN_USE while another runs. Throws FORBIDDEN to an actor that
 * is restricted to owners, since what it changes is everybody's.
 */
export async function recalculateCosts(
  plane: ControlPlane,
  actor: Actor,
  input: RecalculateInput,
): Promise<Result<Recalculation>> {
  requireUnrestricted(actor)
  const nowMs = plane.clock()
  const names = [readNames('models', input.models), readNames('upstreams', input.upstreams)]
  const keys = readKeys(input.apiKeyIds)
  const errors = problemsOf(...names, keys)
  if (errors.length > 0) return { ok: false, errors }
  const { store } = plane
  const fromMs = input.fromMs ?? (await oldestRequestLogMs(store)) ?? nowMs
  const toMs = Math.min(input.toMs ?? nowMs, nowMs)
  const started = await store.prisma.$transaction(async (tx) => {
    await lockAlone(store, tx, 'RECALCULATION')
    const running = await tx.costRecalculation.findFirst({ where: { status: 'RUNNING' } })
    if (running !== null) {
      const target = recalculationTarget(running)
      return failed('IN_USE', null, `${target.label} is running. Wait for its end, or cancel it.`)
    }
    const now = new Date(nowMs)
    const row = await tx.costRecalculation.create({
      data: {
        status: 'RUNNING',
        createdAt: now,
        updatedAt: now,
        actorName: actor.name,
        dryRun: input.dryRun,
        fromAt: new Date(Math.min(fromMs, toMs)),
        toAt: new Date(toMs),
        missingOnly: input.missingOnly,
        models: listText(input.models),
        upstreams: listText(input.upstreams),
        apiKeyIds: listText(input.apiKeyIds),
        examinedCalls: 0n,
        changedCalls: 0n,
        differenceNanoUsd: 0n,
        unpricedCalls: 0n,
      },
    })
    const changes = changesOf(input, row.fromAt, row.toAt)
    await tx.auditEvent.create({
      data: auditEvent(actor, 'cost.recalculate', recalculationTarget(row), nowMs, changes),
    })
    return ok(recalculationFrom(row))
  })
  if (started.ok) plane.announceRecalculation()
  return started
}

/** Ends one that runs, after the calls that it is at; what it has changed stays. One that has ended is returned as it is. */
export async function cancelRecalculation(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<Recalculation>> {
  requireUnrestricted(actor)
  const nowMs = plane.clock()
  return plane.store.prisma.$transaction(async (tx) => {
    const { count } = await tx.costRecalculation.updateMany({
      where: { id: number, status: 'RUNNING' },
      data: { status: 'CANCELLED', updatedAt: new Date(nowMs) },
    })
    const row = await tx.costRecalculation.findUnique({ where: { id: number } })
    if (row === null) return failed('NOT_FOUND', 'id', 'There is no recalculation with this id.')
    if (count > 0) {
      const changes = [{ path: 'status', before: 'RUNNING', after: 'CANCELLED' }]
      await tx.auditEvent.create({
        data: auditEvent(actor, 'cost.cancel_recalculation', recalculationTarget(row), nowMs, changes),
      })
    }
    return ok(recalculationFrom(row))
  })
}

/** One; null where there is none. Throws FORBIDDEN as recalculateCosts does. */
export async function findRecalculation(
  { store }: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Recalculation | null> {
  requireUnrestricted(actor)
  const row = await store.prisma.costRecalculation.findUnique({ where: { id: number } })
  return row === null ? null : recalculationFrom(row)
}

/** The newest, up to `first`. Throws FORBIDDEN as recalculateCosts does. */
export async function findRecalculations(
  { store }: ControlPlane,
  actor: Actor,
  first: number,
): Promise<Recalculation[]> {
  requireUnrestricted(actor)
  const rows = await store.prisma.costRecalculation.findMany({ orderBy: { id: 'desc' }, take: first })
  return rows.map(recalculationFrom)
}

function requireUnrestricted({ owners }: Actor): void {
  if (owners === null) return
  throw new AdminError(
    'FORBIDDEN',
    'You are restricted to owners: a recalculation of costs is about all calls.',
  )
}

function listText(members: readonly (string | number)[] | null): string | null {
  return members === null ? null : JSON.stringify(members)
}

function readNames(field: string, names: string[] | null): Result<null> {
  if (names === null) return ok(null)
  const size = readSize(field, names)
  if (!size.ok) return size
  const isName = (name: string) =>
    name.length > 0 && name.length <= NAME_MAX && name.isWellFormed() && !/\p{Cc}/u.test(name)
  if (names.every(isName)) return ok(null)
  return failed('INVALID', field, `${field}: a member is plain text of 1 to ${NAME_MAX} characters.`)
}

function readKeys(keys: number[] | null): Result<null> {
  return keys === null ? ok(null) : readSize('apiKeyIds', keys)
}

function readSize(field: string, members: readonly unknown[]): Result<null> {
  if (members.length > 0 && members.length <= RECALCULATED_MEMBERS_MAX) return ok(null)
  const message = `${field} must have 1 to ${RECALCULATED_MEMBERS_MAX} members; leave it out for all.`
  return failed('OUT_OF_RANGE', field, message, { minItems: 1, maxItems: RECALCULATED_MEMBERS_MAX })
}

function changesOf({ dryRun, ...input }: RecalculateInput, from: Date, to: Date): FieldChange[] {
  const fields: Record<string, FieldChange['after']> = {
    dryRun,
    from: from.toISOString(),
    to: to.toISOString(),
    missingOnly: input.missingOnly,
    models: input.models,
    upstreams: input.upstreams,
    apiKeyIds: input.apiKeyIds?.map(apiKeyId) ?? null,
  }
  return Object.entries(fields).flatMap(([path, after]) =>
    after === null ? [] : [{ path, before: null, after }],
  )
}
