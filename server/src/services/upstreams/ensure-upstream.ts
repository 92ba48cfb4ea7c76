// Makes an upstream be as automation describes it.
import type { Actor } from '../../domain/admins/actor.ts'
import { unseal } from '../../domain/upstreams/sealed-secret.ts'
import type { CredentialInput, HeaderInput } from '../../domain/upstreams/upstream-input.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import { ensureRecord } from '../automation/ensure-record.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type CreateUpstreamInput, createUpstream } from './create-upstream.ts'
import { updateUpstream } from './update-upstream.ts'
import type { UpstreamFields } from './upstream-fields.ts'
import { staleUpstream, type UpstreamRow, type UpstreamView, WITH_PARTS } from './upstream-row.ts'

/** Each with its secret: what is stored is compared with it, and sealed again only where it differs. */
export type WantedCredential = Omit<CredentialInput, 'number' | 'secret'> & { secret: string }
export type WantedHeader = HeaderInput & { value: string }

/** What is undefined stays as it is, or is as of any new upstream. Null clears. Lists are the whole of what is to be. */
export type EnsureUpstreamInput = Pick<UpstreamFields, 'name' | 'kind'> &
  Partial<Omit<UpstreamFields, 'name' | 'kind' | 'externalId'>> & {
    externalId: string
    credentials?: WantedCredential[] | undefined
    headers?: WantedHeader[] | undefined
  }

export type EnsuredUpstream = { upstream: UpstreamView; created: boolean }

/** As `ensureRecord`. */
export async function ensureUpstream(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureUpstreamInput,
): Promise<Result<EnsuredUpstream>> {
  const { externalId } = input
  const ensured = await ensureRecord('upstream', externalId, {
    find: () => plane.store.prisma.upstream.findUnique({ where: { externalId }, include: WITH_PARTS }),
    create: () => createUpstream(plane, actor, asNew(input)),
    update: (before) =>
      updateUpstream(plane, actor, {
        ...input,
        ...partsWanted(plane, before, input),
        number: before.id,
        // What the parts were compared with.
        expectedVersion: before.version,
      }),
    stale: staleUpstream,
  })
  return ensured.ok ? ok({ upstream: ensured.value.row, created: ensured.value.created }) : ensured
}

function asNew({
  credentials = [],
  headers = [],
  baseUrl,
  authStyle,
  ...input
}: EnsureUpstreamInput): CreateUpstreamInput {
  return {
    proxyUrl: null,
    connectTimeoutMs: null,
    firstByteTimeoutMs: null,
    idleTimeoutMs: null,
    ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
    name: input.name,
    kind: input.kind,
    externalId: input.externalId,
    requestStreamUsage: input.requestStreamUsage ?? true,
    enabled: input.enabled ?? true,
    baseUrl: baseUrl ?? null,
    authStyle: authStyle ?? null,
    credentials: credentials.map((credential) => ({ ...credential, number: null })),
    headers,
  }
}

/** The wanted lists as changes of the stored ones: what is the same keeps its row, and its sealed secret unless that must move. */
function partsWanted(
  { encryptionKey }: ControlPlane,
  before: UpstreamRow,
  { credentials, headers, baseUrl, proxyUrl }: EnsureUpstreamInput,
): { credentials: CredentialInput[] | undefined; headers: HeaderInput[] | undefined } {
  const { origin } = new URL(before.baseUrl)
  const stays =
    URL.parse(baseUrl ?? before.baseUrl)?.origin === origin &&
    (proxyUrl === undefined || proxyUrl === before.proxyUrl)
  const open = (sealed: string) => unseal(encryptionKey, origin, sealed)
  const left = new Map(before.credentials.map((row) => [row, open(row.encryptedSecret)]))
  const take = (matches: (row: UpstreamRow['credentials'][number], secret: string | null) => boolean) => {
    for (const [row, secret] of left) {
      if (!matches(row, secret)) continue
      left.delete(row)
      return { number: row.id, stored: secret }
    }
    return null
  }
  // By their secrets first, so that one whose name alone has changed keeps its row.
  const bySecret = (credentials ?? []).map((wanted) => take((_row, secret) => secret === wanted.secret))
  const read = credentials?.map((wanted, at) => {
    const match = bySecret[at] ?? (wanted.name === null ? null : take((row) => row.name === wanted.name))
    const isSame = match !== null && stays && match.stored === wanted.secret
    return { ...wanted, number: match?.number ?? null, secret: isSame ? null : wanted.secret }
  })
  const kept = headers?.map((wanted) => {
    const row = before.headers.find(({ name }) => name === wanted.name.toLowerCase())
    const isSame =
      wanted.secret && stays && row?.encryptedValue != null && open(row.encryptedValue) === wanted.value
    return { ...wanted, value: isSame ? null : wanted.value }
  })
  return { credentials: read, headers: kept }
}
