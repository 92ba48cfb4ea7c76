import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { externalIdTaken } from '../../domain/automation/external-id.ts'
import { ok, problemsOf, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { brokenConstraint } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { isEnvironmentName } from './find-upstreams.ts'
import { readUpstreamFields, type UpstreamFields, type UpstreamLists } from './upstream-fields.ts'
import { type CredentialPlan, type HeaderData, planCredentials, planHeaders } from './upstream-parts.ts'
import {
  noSuchUpstream,
  staleUpstream,
  type UpstreamRow,
  type UpstreamView,
  upstreamNameTaken,
  upstreamTarget,
  viewOf,
  WITH_PARTS,
} from './upstream-row.ts'

/** What is undefined stays as it is; null clears. Lists, where given, are the whole of what is to be. */
export type UpdateUpstreamInput = Partial<UpstreamFields & UpstreamLists> & {
  number: number
  /** The version that the client last read; STALE when the upstream has changed since. */
  expectedVersion: number | null
}

const FIELDS = [
  'name',
  'externalId',
  'kind',
  'baseUrl',
  'authStyle',
  'proxyUrl',
  'connectTimeoutMs',
  'firstByteTimeoutMs',
  'idleTimeoutMs',
  'requestStreamUsage',
  'enabled',
] as const satisfies (keyof UpstreamFields)[]
type Stored = Pick<UpstreamRow, keyof UpstreamFields>

/** Changes an upstream, from its next call on. Another origin gets none of the secrets that were meant for the first. */
export async function updateUpstream(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateUpstreamInput,
): Promise<Result<UpstreamView>> {
  const nowMs = plane.clock()
  const read = readUpstreamFields(plane, input)
  if (!read.ok) return read
  const { fields } = read.value
  let isChanged = false
  try {
    const result = await plane.store.prisma.$transaction(async (tx): Promise<Result<UpstreamView>> => {
      const before = await tx.upstream.findUnique({ where: { id: input.number }, include: WITH_PARTS })
      if (before === null) return noSuchUpstream()
      if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleUpstream()
      if (fields.name !== undefined && fields.name !== before.name) {
        const taken =
          isEnvironmentName(plane, fields.name) ||
          (await tx.upstream.count({ where: { name: fields.name } })) > 0
        if (taken) return upstreamNameTaken(fields.name)
      }
      const { externalId } = fields
      if (typeof externalId === 'string' && externalId !== before.externalId) {
        if ((await tx.upstream.count({ where: { externalId } })) > 0) return externalIdTaken()
      }
      const { origin } = new URL(fields.baseUrl ?? before.baseUrl)
      const moved = whereSecretsMove(before, fields)
      const sealing = { encryptionKey: plane.encryptionKey, origin, nowMs }
      const credentials = planCredentials(before.credentials, read.value.credentials, sealing, moved)
      const headers = planHeaders(before.headers, read.value.headers, sealing, moved)
      if (!credentials.ok || !headers.ok) return { ok: false, errors: problemsOf(credentials, headers) }
      const changes = [
        ...fieldChanges(before, fields),
        ...credentials.value.changes,
        ...headers.value.changes,
      ]
      if (changes.length === 0) return ok(viewOf(before, plane.encryptionKey))
      isChanged = true
      // The version guards against a change between the read and this write, which PostgreSQL would let through.
      const { count } = await tx.upstream.updateMany({
        where: { id: before.id, version: before.version },
        data: { ...fields, updatedAt: new Date(nowMs), version: { increment: 1 } },
      })
      if (count === 0) return staleUpstream()
      await writeCredentials(tx, before.id, credentials.value)
      if (headers.value.changes.length > 0) await writeHeaders(tx, before.id, headers.value.headers)
      const after = await tx.upstream.findUniqueOrThrow({ where: { id: before.id }, include: WITH_PARTS })
      await tx.auditEvent.create({
        data: auditEvent(actor, 'upstream.update', upstreamTarget(after), nowMs, changes),
      })
      return ok(viewOf(after, plane.encryptionKey))
    })
    if (result.ok && isChanged) await plane.announceRoutesChange()
    return result
  } catch (error) {
    if (brokenConstraint(error) === 'unique' && fields.name !== undefined)
      return upstreamNameTaken(fields.name)
    throw error
  }
}

/**
 * Why secrets that were meant for one server would be seen by another; null: they would not. To an https upstream they travel
 * sealed, whatever carries them; a proxy reads what is sent to an http upstream, and a host that a proxy has resolved may
 * be another where it is resolved here.
 */
function whereSecretsMove(before: Stored, wanted: Partial<UpstreamFields>): string | null {
  const { origin, protocol } = new URL(wanted.baseUrl ?? before.baseUrl)
  if (origin !== new URL(before.baseUrl).origin)
    return 'baseUrl now leads to another server, which must not get what was meant for the first'
  const isRerouted = wanted.proxyUrl !== undefined && wanted.proxyUrl !== before.proxyUrl
  if (!isRerouted || protocol === 'https:') return null
  return 'proxyUrl changes which server can read what is sent to an http:// upstream'
}

function fieldChanges(before: Stored, wanted: Partial<UpstreamFields>): FieldChange[] {
  return FIELDS.flatMap((path) => {
    const after = wanted[path]
    return after === undefined || after === before[path] ? [] : [{ path, before: before[path], after }]
  })
}

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]

async function writeCredentials(tx: Transaction, number: number, plan: CredentialPlan): Promise<void> {
  if (plan.remove.length > 0) await tx.upstreamCredential.deleteMany({ where: { id: { in: plan.remove } } })
  for (const { number: id, data } of plan.update) await tx.upstreamCredential.update({ where: { id }, data })
  for (const data of plan.create)
    await tx.upstreamCredential.create({ data: { ...data, upstreamId: number } })
}

async function writeHeaders(tx: Transaction, number: number, headers: HeaderData[]): Promise<void> {
  await tx.upstreamHeader.deleteMany({ where: { upstreamId: number } })
  for (const { name, value, encryptedValue } of headers) {
    await tx.upstreamHeader.create({ data: { upstreamId: number, name, value, encryptedValue } })
  }
}
