// The fields of an upstream as an admin sends them, checked in the same way when it is created and when it is changed.

import { readExternalId } from '../../domain/automation/external-id.ts'
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
import type { AuthStyle, UpstreamKind } from '../../domain/upstreams/upstream-kind.ts'
import { ok, problemsOf, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'

/** The columns of an upstream that an admin sets. */
export type UpstreamFields = {
  name: string
  externalId: string | null
  kind: UpstreamKind
  baseUrl: string
  authStyle: AuthStyle
  proxyUrl: string | null
  /** Null: the default of the server. */
  connectTimeoutMs: number | null
  firstByteTimeoutMs: number | null
  idleTimeoutMs: number | null
  requestStreamUsage: boolean
  enabled: boolean
}

export type UpstreamLists = { credentials: CredentialInput[]; headers: HeaderInput[] }

type Sent = UpstreamFields & UpstreamLists
type Read<Fields, Lists> = Result<{ fields: Fields } & Lists>

/** The fields in the form in which they are stored, or every problem with them. What is undefined is absent in the result. */
export function readUpstreamFields(plane: ControlPlane, sent: Sent): Read<UpstreamFields, UpstreamLists>
export function readUpstreamFields(
  plane: ControlPlane,
  sent: Partial<Sent>,
): Read<Partial<UpstreamFields>, Partial<UpstreamLists>>
export function readUpstreamFields(
  { addressPolicy }: ControlPlane,
  sent: Partial<Sent>,
): Read<Partial<UpstreamFields>, Partial<UpstreamLists>> {
  const { kind, authStyle, enabled, requestStreamUsage } = sent
  const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs } = sent
  const name = sent.name === undefined ? undefined : readUpstreamName(sent.name)
  const baseUrl = sent.baseUrl === undefined ? undefined : readBaseUrl(sent.baseUrl, addressPolicy)
  const externalId = sent.externalId === undefined ? undefined : readExternalId(sent.externalId)
  const proxyUrl = sent.proxyUrl === undefined ? undefined : readProxyUrl(sent.proxyUrl, addressPolicy)
  const timeouts = [
    readTimeout('connectTimeoutMs', connectTimeoutMs ?? null),
    readTimeout('firstByteTimeoutMs', firstByteTimeoutMs ?? null),
    readTimeout('idleTimeoutMs', idleTimeoutMs ?? null),
  ]
  const credentials = sent.credentials && readCredentials(sent.credentials)
  const headers = sent.headers && readHeaders(sent.headers)
  const reads = [name, externalId, baseUrl, proxyUrl, ...timeouts, credentials, headers]
  const errors = problemsOf(...reads.filter((read) => read !== undefined))
  if (errors.length > 0) return { ok: false, errors }
  const fields: { [field in keyof UpstreamFields]?: UpstreamFields[field] | undefined } = {
    name: name?.ok ? name.value : undefined,
    externalId: externalId?.ok ? externalId.value : undefined,
    kind,
    baseUrl: baseUrl?.ok ? baseUrl.value : undefined,
    authStyle,
    proxyUrl: proxyUrl?.ok ? proxyUrl.value : undefined,
    connectTimeoutMs,
    firstByteTimeoutMs,
    idleTimeoutMs,
    requestStreamUsage,
    enabled,
  }
  return ok({
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    ...(credentials?.ok && { credentials: credentials.value }),
    ...(headers?.ok && { headers: headers.value }),
  })
}
