import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import {
  type CredentialInput,
  type HeaderInput,
  readBaseUrl,
  readCredentials,
  readHeaders,
  readProxyUrl,
  readTimeout,
  readUpstreamName,
} from '../../domain/upstreams/upstream-input.ts'
import type { AuthStyle } from '../../domain/upstreams/upstream-kind.ts'
import { UPSTREAM_PRESETS, type UpstreamKind } from '../../domain/upstreams/upstream-kind.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { brokenConstraint } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { isEnvironmentName } from './find-upstreams.ts'
import { planCredentials, planHeaders } from './upstream-parts.ts'
import { type UpstreamView, upstreamNameTaken, upstreamTarget, viewOf, WITH_PARTS } from './upstream-row.ts'

/** Far more than anyone has providers; the whole list is kept in the gateway's memory. */
const UPSTREAMS_MAX = 500

export type CreateUpstreamInput = {
  name: string
  kind: UpstreamKind
  /** Null: as the kind has it. */
  baseUrl: string | null
  authStyle: AuthStyle | null
  credentials: CredentialInput[]
  headers: HeaderInput[]
  connectTimeoutMs: number | null
  firstByteTimeoutMs: number | null
  idleTimeoutMs: number | null
  proxyUrl: string | null
  requestStreamUsage: boolean
  enabled: boolean
}

/** Creates an upstream. Secrets are sealed before they are written, and are never in a response. */
export async function createUpstream(
  plane: ControlPlane,
  actor: Actor,
  input: CreateUpstreamInput,
): Promise<Result<UpstreamView>> {
  const nowMs = plane.clock()
  const preset = UPSTREAM_PRESETS[input.kind]
  const name = readUpstreamName(input.name)
  const baseUrl = readBaseUrl(input.baseUrl ?? preset.baseUrl ?? '', plane.addressPolicy)
  const proxyUrl = readProxyUrl(input.proxyUrl, plane.addressPolicy)
  const connect = readTimeout('connectTimeoutMs', input.connectTimeoutMs)
  const firstByte = readTimeout('firstByteTimeoutMs', input.firstByteTimeoutMs)
  const idle = readTimeout('idleTimeoutMs', input.idleTimeoutMs)
  const credentials = readCredentials(input.credentials)
  const headers = readHeaders(input.headers)
  const errors = problemsOf(name, baseUrl, proxyUrl, connect, firstByte, idle, credentials, headers)
  if (!name.ok || !baseUrl.ok || !proxyUrl.ok || !credentials.ok || !headers.ok || errors.length > 0) {
    return { ok: false, errors }
  }
  const sealing = { encryptionKey: plane.encryptionKey, origin: new URL(baseUrl.value).origin, nowMs }
  const credentialPlan = planCredentials([], credentials.value, sealing, null)
  if (!credentialPlan.ok) return credentialPlan
  const headerPlan = planHeaders([], headers.value, sealing, null)
  if (!headerPlan.ok) return headerPlan
  if (isEnvironmentName(plane, name.value)) return upstreamNameTaken(name.value)

  const now = new Date(nowMs)
  const data = {
    name: name.value,
    kind: input.kind,
    baseUrl: baseUrl.value,
    authStyle: input.authStyle ?? preset.authStyle,
    proxyUrl: proxyUrl.value,
    connectTimeoutMs: input.connectTimeoutMs,
    firstByteTimeoutMs: input.firstByteTimeoutMs,
    idleTimeoutMs: input.idleTimeoutMs,
    requestStreamUsage: input.requestStreamUsage,
    enabled: input.enabled,
    createdAt: now,
    updatedAt: now,
    credentials: { create: credentialPlan.value.create },
    headers: { create: headerPlan.value.headers },
  }
  try {
    const result = await plane.store.prisma.$transaction(async (tx) => {
      if ((await tx.upstream.count({ where: { name: data.name } })) > 0) return upstreamNameTaken(data.name)
      if ((await tx.upstream.count()) >= UPSTREAMS_MAX) {
        return failed('OUT_OF_RANGE', null, `There are ${UPSTREAMS_MAX} upstreams already. Delete one first.`)
      }
      const made = await tx.upstream.create({ data, include: WITH_PARTS })
      await tx.auditEvent.create({ data: auditEvent(actor, 'upstream.create', upstreamTarget(made), nowMs) })
      return ok(viewOf(made, plane.encryptionKey))
    })
    if (result.ok) await plane.announceRoutesChange()
    return result
  } catch (error) {
    if (brokenConstraint(error) === 'unique') return upstreamNameTaken(data.name)
    throw error
  }
}
