// What the rows of the database mean to the gateway: upstreams with their secrets opened, and models with their routes.
import type { PricedModel } from '../../domain/pricing/prices.ts'
import { storedPrices } from '../../domain/pricing/stored-prices.ts'
import { unseal } from '../../domain/upstreams/sealed-secret.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import {
  type AddressPolicy,
  addressFaultMessage,
  hostFault,
} from '../../domain/upstreams/upstream-address.ts'
import { UPSTREAM_KINDS, type UpstreamKind } from '../../domain/upstreams/upstream-kind.ts'
import type { RouteRows } from '../../store/queries/routes.ts'

/** An upstream with one of its credentials. */
export type WeightedUpstream = { upstream: Upstream; weight: number }

export type ManagedRoute = {
  /** With each of its credentials; never empty. */
  upstreams: readonly WeightedUpstream[]
  upstreamModel: string
  priority: number
  weight: number
}

export type ManagedModel = {
  name: string
  enabled: boolean
  isDefault: boolean
  maxOutputTokens: number | null
  /** False: each call is routed by weight and chance, whatever conversation it belongs to. */
  sessionAffinity: boolean
  /** What an admin has set; null: nothing, or nothing that can be read. */
  price: PricedModel | null
  /** The routes that calls can take, in the order to be tried. */
  routes: readonly ManagedRoute[]
}

export type ManagedModels = {
  models: readonly ManagedModel[]
  /** Every upstream that calls can be sent to, with each of its credentials, in the order in which they were made. */
  upstreams: readonly Upstream[]
  /** Why an upstream, or a credential of one, takes no calls. Never holds a secret. */
  problems: readonly string[]
}

export const NO_MODELS: ManagedModels = { models: [], upstreams: [], problems: [] }

/**
 * Opens what is sealed. A credential that is disabled or cannot be decrypted is omitted; so is an upstream where none of its
 * credentials remains, a header cannot be decrypted, or its address or its proxy's is refused: no call may be sent
 * with less than the admin configured.
 */
export function openModels(rows: RouteRows, encryptionKey: Uint8Array, policy: AddressPolicy): ManagedModels {
  const problems: string[] = []
  const credentialsOf = Map.groupBy(rows.credentials, ({ upstreamId }) => upstreamId)
  const headersOf = Map.groupBy(rows.headers, ({ upstreamId }) => upstreamId)
  const routesOf = Map.groupBy(rows.routes, ({ modelId }) => modelId)
  const upstreams = new Map(
    rows.upstreams.map((row) => [
      row.id,
      open(row, credentialsOf.get(row.id) ?? [], headersOf.get(row.id) ?? []),
    ]),
  )

  function open(
    row: RouteRows['upstreams'][number],
    credentials: RouteRows['credentials'],
    sealedHeaders: RouteRows['headers'],
  ): WeightedUpstream[] {
    const { origin } = new URL(row.baseUrl)
    for (const url of row.proxyUrl === null ? [row.baseUrl] : [row.baseUrl, row.proxyUrl]) {
      const { hostname } = new URL(url)
      const fault = hostFault(hostname, policy)
      if (fault === null) continue
      problems.push(`upstream ${row.name}: ${addressFaultMessage(fault, hostname)}`)
      return []
    }
    const headers: Record<string, string> = {}
    for (const { name, value, encryptedValue } of sealedHeaders) {
      const opened = encryptedValue === null ? value : unseal(encryptionKey, origin, encryptedValue)
      if (opened === null) {
        problems.push(`upstream ${row.name}: its header ${name} cannot be decrypted`)
        return []
      }
      headers[name] = opened
    }
    const requested = (credential: string | null, credentialId: number | null): Upstream => ({
      name: row.name,
      baseUrl: row.baseUrl,
      credential,
      models: [],
      settings: {
        upstreamId: row.id,
        credentialId,
        kind: kindOf(row.kind),
        authStyle: row.authStyle === 'API_KEY' ? 'API_KEY' : 'BEARER',
        headers,
        secretHeaders: sealedHeaders.flatMap(({ name, encryptedValue }) =>
          encryptedValue === null ? [] : [name],
        ),
        connectTimeoutMs: row.connectTimeoutMs,
        firstByteTimeoutMs: row.firstByteTimeoutMs,
        idleTimeoutMs: row.idleTimeoutMs,
        proxyUrl: row.proxyUrl,
        requestStreamUsage: row.requestStreamUsage,
      },
    })
    if (credentials.length === 0) return [{ upstream: requested(null, null), weight: 1 }]
    const enabled = credentials.filter((credential) => credential.enabled)
    if (enabled.length === 0) problems.push(`upstream ${row.name}: all of its credentials are disabled`)
    return enabled.flatMap(({ id, encryptedSecret, weight }) => {
      const secret = unseal(encryptionKey, origin, encryptedSecret)
      if (secret !== null) return [{ upstream: requested(secret, id), weight }]
      problems.push(`upstream ${row.name}: its credential ${id} cannot be decrypted`)
      return []
    })
  }

  const models = rows.models.map(({ id, priceJson, ...model }) => ({
    ...model,
    price: priceIn(priceJson),
    routes: (routesOf.get(id) ?? []).flatMap(({ upstreamId, upstreamModel, priority, weight }) => {
      const requested = upstreams.get(upstreamId) ?? []
      return requested.length === 0 ? [] : [{ upstreams: requested, upstreamModel, priority, weight }]
    }),
  }))
  const all = [...upstreams.values()].flatMap((each) => each.map(({ upstream }) => upstream))
  return { models, upstreams: all, problems }
}

function priceIn(priceJson: string | null): PricedModel | null {
  const prices = storedPrices(priceJson)
  return prices === null ? null : { prices, source: { kind: 'OVERRIDE' } }
}

function kindOf(kind: string): UpstreamKind {
  return UPSTREAM_KINDS.find((known) => known === kind) ?? 'GENERIC'
}
