// Upstreams as the store has them, and as admins see them beside those of the environment.
import type { AuditTarget } from '../../domain/audit/audit-event.ts'
import { unseal } from '../../domain/upstreams/sealed-secret.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import { environmentUpstreamId, upstreamId } from '../../domain/upstreams/upstream-id.ts'
import type { AuthStyle } from '../../domain/upstreams/upstream-kind.ts'
import { UPSTREAM_KINDS, UPSTREAM_PRESETS, type UpstreamKind } from '../../domain/upstreams/upstream-kind.ts'
import { nameTaken, noSuch, type Result, stale } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'

/** What a read of an upstream brings along. */
export const WITH_PARTS = {
  credentials: { orderBy: { id: 'asc' } },
  headers: { orderBy: { name: 'asc' } },
} as const

type Prisma = Store['prisma']
export type CredentialRow = Awaited<ReturnType<Prisma['upstreamCredential']['findUniqueOrThrow']>>
export type HeaderRow = Awaited<ReturnType<Prisma['upstreamHeader']['findUniqueOrThrow']>>
export type UpstreamRow = Awaited<ReturnType<Prisma['upstream']['findUniqueOrThrow']>> & {
  credentials: CredentialRow[]
  headers: HeaderRow[]
}

export const UPSTREAM_SOURCES = ['DATABASE', 'ENVIRONMENT'] as const

/** An upstream from either source. What an admin cannot set on one of the environment is null or empty there. */
export type UpstreamView = {
  id: string
  /** The place in the list: the number, or what is below all numbers for one of the environment. */
  order: number
  source: (typeof UPSTREAM_SOURCES)[number]
  name: string
  externalId: string | null
  kind: UpstreamKind
  baseUrl: string
  authStyle: AuthStyle
  proxyUrl: string | null
  connectTimeoutMs: number | null
  firstByteTimeoutMs: number | null
  idleTimeoutMs: number | null
  requestStreamUsage: boolean
  enabled: boolean
  createdAt: Date | null
  updatedAt: Date | null
  version: number | null
  credentials: CredentialView[]
  headers: HeaderView[]
}

export type CredentialView = {
  /** Null for one of the environment. */
  number: number | null
  name: string | null
  lastFour: string | null
  weight: number
  enabled: boolean
  /** False where the sealed copy does not open, so that nothing is sent with it. */
  readable: boolean
  createdAt: Date | null
}

/** `value` is null where it is secret. */
export type HeaderView = { name: string; value: string | null; secret: boolean }

/** An upstream of the database as admins see it, without what is sealed. */
export function viewOf(row: UpstreamRow, encryptionKey: Uint8Array): UpstreamView {
  const { origin } = new URL(row.baseUrl)
  return {
    ...row,
    id: upstreamId(row.id),
    order: row.id,
    source: 'DATABASE',
    kind: kindOf(row.kind),
    authStyle: row.authStyle === 'API_KEY' ? 'API_KEY' : 'BEARER',
    credentials: row.credentials.map((credential) => ({
      ...credential,
      number: credential.id,
      readable: unseal(encryptionKey, origin, credential.encryptedSecret) !== null,
    })),
    headers: row.headers.map(({ name, value, encryptedValue }) => ({
      name,
      value: encryptedValue === null ? value : null,
      secret: encryptedValue !== null,
    })),
  }
}

/** An upstream of the environment; `index` is its place among them. */
export function environmentViewOf(
  { name, baseUrl, credential, proxyUrl }: Upstream,
  index: number,
): UpstreamView {
  const kind = UPSTREAM_KINDS.find((candidate) => UPSTREAM_PRESETS[candidate].baseUrl === baseUrl)
  return {
    id: environmentUpstreamId(name),
    order: -1 - index,
    source: 'ENVIRONMENT',
    name,
    externalId: null,
    kind: kind ?? 'GENERIC',
    baseUrl,
    authStyle: 'BEARER',
    // Without its user and password.
    proxyUrl: proxyUrl === undefined ? null : `${new URL(proxyUrl).origin}/`,
    connectTimeoutMs: null,
    firstByteTimeoutMs: null,
    idleTimeoutMs: null,
    requestStreamUsage: true,
    enabled: true,
    createdAt: null,
    updatedAt: null,
    version: null,
    // Its end is not shown: an admin of the console need not be allowed to read the environment.
    credentials:
      credential === null
        ? []
        : [
            {
              number: null,
              name: null,
              lastFour: null,
              weight: 1,
              enabled: true,
              readable: true,
              createdAt: null,
            },
          ],
    headers: [],
  }
}

/** The upstream as audit events name it. */
export function upstreamTarget({ id, name }: Pick<UpstreamRow, 'id' | 'name'>): AuditTarget {
  return { type: 'Upstream', id: upstreamId(id), label: name }
}

/** `id` holds the id of no upstream. */
export function noSuchUpstream(): Result<never> {
  return noSuch('upstream', 'id')
}

/** `name` is that of another upstream. */
export function upstreamNameTaken(name: string): Result<never> {
  return nameTaken('an upstream', name)
}

/** `expectedVersion` is not that of the upstream. */
export function staleUpstream(): Result<never> {
  return stale('upstream')
}

function kindOf(text: string): UpstreamKind {
  return UPSTREAM_KINDS.find((kind) => kind === text) ?? 'GENERIC'
}
