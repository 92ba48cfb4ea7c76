// Upstreams, their credentials and headers, models and routes as the gateway's table is built from them.
import { SQL } from '../sql.ts'
import type { Store } from '../store.ts'

/** Enabled upstreams, and all credentials and models; sealed values as they are stored. */
export type RouteRows = {
  upstreams: {
    id: number
    name: string
    kind: string
    baseUrl: string
    authStyle: string
    proxyUrl: string | null
    connectTimeoutMs: number | null
    firstByteTimeoutMs: number | null
    idleTimeoutMs: number | null
    requestStreamUsage: boolean
  }[]
  credentials: { id: number; upstreamId: number; encryptedSecret: string; weight: number; enabled: boolean }[]
  headers: { upstreamId: number; name: string; value: string | null; encryptedValue: string | null }[]
  models: {
    id: number
    name: string
    enabled: boolean
    isDefault: boolean
    maxOutputTokens: number | null
    sessionAffinity: boolean
    priceJson: string | null
  }[]
  /** In the order of priority. */
  routes: { modelId: number; upstreamId: number; upstreamModel: string; priority: number; weight: number }[]
}

/**
 * Reads the tables one by one: a change in between is announced, and all are read again.
 * Rejects where the database does not respond.
 */
export async function readRouteRows(store: Store): Promise<RouteRows> {
  const sql = store[SQL]
  // Without Prisma, so that a gateway without an admin never loads it.
  const [upstreams, credentials, headers, models, routes] = await Promise.all([
    sql.all(
      `SELECT u."id", u."name", u."kind", u."baseUrl", u."authStyle", u."proxyUrl", u."connectTimeoutMs",
         u."firstByteTimeoutMs", u."idleTimeoutMs", u."requestStreamUsage" FROM "Upstream" u WHERE u."enabled" ORDER BY u."id"`,
      [],
    ),
    sql.all(
      `SELECT c."id", c."upstreamId", c."encryptedSecret", c."weight", c."enabled" FROM "UpstreamCredential" c
         ORDER BY c."id"`,
      [],
    ),
    sql.all('SELECT h."upstreamId", h."name", h."value", h."encryptedValue" FROM "UpstreamHeader" h', []),
    sql.all(
      `SELECT m."id", m."name", m."enabled", m."isDefault", m."maxOutputTokens", m."sessionAffinity",
         m."priceJson" FROM "Model" m
         ORDER BY m."id"`,
      [],
    ),
    sql.all(
      `SELECT r."modelId", r."upstreamId", r."upstreamModel", r."priority", r."weight" FROM "ModelRoute" r
         ORDER BY r."priority", r."id"`,
      [],
    ),
  ])
  return {
    upstreams: upstreams.map((row) => ({
      id: Number(row.id),
      name: String(row.name),
      kind: String(row.kind),
      baseUrl: String(row.baseUrl),
      authStyle: String(row.authStyle),
      proxyUrl: textOrNull(row.proxyUrl),
      connectTimeoutMs: numberOrNull(row.connectTimeoutMs),
      firstByteTimeoutMs: numberOrNull(row.firstByteTimeoutMs),
      idleTimeoutMs: numberOrNull(row.idleTimeoutMs),
      requestStreamUsage: Boolean(row.requestStreamUsage),
    })),
    credentials: credentials.map((row) => ({
      id: Number(row.id),
      upstreamId: Number(row.upstreamId),
      encryptedSecret: String(row.encryptedSecret),
      weight: Number(row.weight),
      enabled: Boolean(row.enabled),
    })),
    headers: headers.map((row) => ({
      upstreamId: Number(row.upstreamId),
      name: String(row.name),
      value: textOrNull(row.value),
      encryptedValue: textOrNull(row.encryptedValue),
    })),
    models: models.map((row) => ({
      id: Number(row.id),
      name: String(row.name),
      // SQLite has no booleans of its own.
      enabled: Boolean(row.enabled),
      isDefault: Boolean(row.isDefault),
      maxOutputTokens: numberOrNull(row.maxOutputTokens),
      sessionAffinity: Boolean(row.sessionAffinity),
      priceJson: textOrNull(row.priceJson),
    })),
    routes: routes.map((row) => ({
      modelId: Number(row.modelId),
      upstreamId: Number(row.upstreamId),
      upstreamModel: String(row.upstreamModel),
      priority: Number(row.priority),
      weight: Number(row.weight),
    })),
  }
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : String(value)
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
