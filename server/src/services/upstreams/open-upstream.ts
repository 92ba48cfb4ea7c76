// An upstream with its secrets opened, for a request of the control plane's own.
import { isPattern } from '../../domain/models/name-pattern.ts'
import { unseal } from '../../domain/upstreams/sealed-secret.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import { credentialId, readUpstreamId } from '../../domain/upstreams/upstream-id.ts'
import type { UpstreamKind } from '../../domain/upstreams/upstream-kind.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { environmentViewOf, noSuchUpstream, viewOf, WITH_PARTS } from './upstream-row.ts'

export type OpenedUpstream = {
  upstream: Upstream
  kind: UpstreamKind
  /** A model that a route to it names. */
  routedModel: string | null
}

/** With the credential of this number; null: the first that is enabled. An upstream without credentials is called without one. */
export async function openUpstream(
  plane: ControlPlane,
  id: string,
  credential: number | null,
): Promise<Result<OpenedUpstream>> {
  const place = readUpstreamId(id)
  if (place === null) return noSuchUpstream()
  if (typeof place !== 'number') {
    const upstream = plane.environmentUpstreams.find(({ name }) => name === place.environment)
    if (upstream === undefined) return noSuchUpstream()
    if (credential !== null) return noSuchCredential(credential)
    return ok({ upstream, kind: environmentViewOf(upstream, 0).kind, routedModel: null })
  }
  const { prisma } = plane.store
  const row = await prisma.upstream.findUnique({ where: { id: place }, include: WITH_PARTS })
  if (row === null) return noSuchUpstream()
  const chosen = row.credentials.find(
    credential === null ? ({ enabled }) => enabled : (own) => own.id === credential,
  )
  if (chosen === undefined && credential !== null) return noSuchCredential(credential)
  if (chosen === undefined && row.credentials.length > 0) {
    return failed(
      'REQUIRED',
      'credentialId',
      'All credentials of this upstream are disabled. Name the one to use, or enable one.',
    )
  }
  const { origin } = new URL(row.baseUrl)
  const secret = chosen === undefined ? null : unseal(plane.encryptionKey, origin, chosen.encryptedSecret)
  if (chosen !== undefined && secret === null) return unreadable('credential', credentialId(chosen.id))
  const headers: Record<string, string> = {}
  for (const { name, value, encryptedValue } of row.headers) {
    const opened = encryptedValue === null ? value : unseal(plane.encryptionKey, origin, encryptedValue)
    if (opened === null) return unreadable('header', name)
    headers[name] = opened
  }
  const routes = await prisma.modelRoute.findMany({ where: { upstreamId: place }, orderBy: { id: 'asc' } })
  const view = viewOf(row, plane.encryptionKey)
  const { name, baseUrl, authStyle, connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, proxyUrl } = view
  return ok({
    upstream: {
      name,
      baseUrl,
      credential: secret,
      models: [],
      settings: {
        upstreamId: place,
        credentialId: chosen?.id ?? null,
        kind: view.kind,
        authStyle,
        headers,
        secretHeaders: row.headers.flatMap(({ name, encryptedValue }) =>
          encryptedValue === null ? [] : [name],
        ),
        connectTimeoutMs,
        firstByteTimeoutMs,
        idleTimeoutMs,
        proxyUrl,
      },
    },
    kind: view.kind,
    routedModel: routes.find(({ upstreamModel }) => !isPattern(upstreamModel))?.upstreamModel ?? null,
  })
}

function noSuchCredential(number: number): Result<never> {
  return failed('NOT_FOUND', 'credentialId', `${credentialId(number)} is no credential of this upstream.`)
}

function unreadable(what: string, which: string): Result<never> {
  return failed(
    'INVALID',
    'id',
    `The ${what} ${which} cannot be decrypted: it was sealed under another LATCHKEY_ENCRYPTION_KEY, or for another server. Send it again.`,
  )
}
