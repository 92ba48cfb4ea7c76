import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { externalIdTaken } from '../../domain/automation/external-id.ts'
import type { AuthStyle } from '../../domain/upstreams/upstream-kind.ts'
import { UPSTREAM_PRESETS } from '../../domain/upstreams/upstream-kind.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { isEnvironmentName } from './find-upstreams.ts'
import { readUpstreamFields, type UpstreamFields, type UpstreamLists } from './upstream-fields.ts'
import { planCredentials, planHeaders } from './upstream-parts.ts'
import { type UpstreamView, upstreamNameTaken, upstreamTarget, viewOf, WITH_PARTS } from './upstream-row.ts'

/** Far more than anyone has providers; the whole list is kept in the gateway's memory. */
const UPSTREAMS_MAX = 500

/** Null for the base URL or the authentication style: the preset of the kind. */
export type CreateUpstreamInput = Omit<UpstreamFields, 'baseUrl' | 'authStyle'> &
  UpstreamLists & { baseUrl: string | null; authStyle: AuthStyle | null }

/** Creates an upstream. Secrets are sealed before they are written, and are never in a response. */
export async function createUpstream(
  plane: ControlPlane,
  actor: Actor,
  input: CreateUpstreamInput,
): Promise<Result<UpstreamView>> {
  const nowMs = plane.clock()
  const preset = UPSTREAM_PRESETS[input.kind]
  const read = readUpstreamFields(plane, {
    ...input,
    baseUrl: input.baseUrl ?? preset.baseUrl ?? '',
    authStyle: input.authStyle ?? preset.authStyle,
  })
  if (!read.ok) return read
  const { fields } = read.value
  const sealing = { encryptionKey: plane.encryptionKey, origin: new URL(fields.baseUrl).origin, nowMs }
  const credentials = planCredentials([], read.value.credentials, sealing, null)
  if (!credentials.ok) return credentials
  const headers = planHeaders([], read.value.headers, sealing, null)
  if (!headers.ok) return headers
  if (isEnvironmentName(plane, fields.name)) return upstreamNameTaken(fields.name)

  const now = new Date(nowMs)
  const data = {
    ...fields,
    createdAt: now,
    updatedAt: now,
    credentials: { create: credentials.value.create },
    headers: { create: headers.value.headers },
  }
  const result = await withConstraintProblems({ unique: () => upstreamNameTaken(data.name) }, () =>
    plane.store.prisma.$transaction(async (tx) => {
      if ((await tx.upstream.count({ where: { name: data.name } })) > 0) return upstreamNameTaken(data.name)
      const { externalId } = data
      if (externalId !== null && (await tx.upstream.count({ where: { externalId } })) > 0)
        return externalIdTaken()
      if ((await tx.upstream.count()) >= UPSTREAMS_MAX) {
        return failed(
          'OUT_OF_RANGE',
          null,
          `There are ${UPSTREAMS_MAX} upstreams already. Delete one first.`,
          { maxItems: UPSTREAMS_MAX },
        )
      }
      const made = await tx.upstream.create({ data, include: WITH_PARTS })
      const changes = [
        ...changesBetween(null, fields),
        ...credentials.value.changes,
        ...headers.value.changes,
      ]
      await tx.auditEvent.create({
        data: auditEvent(actor, 'upstream.create', upstreamTarget(made), nowMs, changes),
      })
      return ok(viewOf(made, plane.encryptionKey))
    }),
  )
  if (result.ok) await plane.announceRoutesChange()
  return result
}
