// Which client secrets upstreams have made, for which key, and where they open what.
import { isObject } from '../../../domain/is-object.ts'
import { readInstant, writtenInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'

export type StoredSecret = {
  apiKeyId: number
  keyHashHex: string
  route: { upstream: string; upstreamId: number | null; credentialId: number | null }
  opens: readonly string[]
  models: readonly string[]
  upstreamModel: string | null
  reportedModel: string | null
  /** Milliseconds since the epoch. */
  expiresAtMs: number
}

/** Those that have not expired, up to `max`, those that expire last; by the hash of the secret, the first to expire first. */
export async function findClientSecrets(
  store: Store,
  nowMs: number,
  max: number,
): Promise<{ hashHex: string; secret: StoredSecret }[]> {
  const rows = await store[SQL].all(
    `SELECT s."hash", s."apiKeyId", s."keyHash", s."upstream", s."upstreamId", s."credentialId", s."session",
       ${readInstant(store.kind, 's."expiresAt"')} AS "expiresAtMs"
       FROM "ClientSecret" s WHERE s."expiresAt" > ${writtenInstant(store.kind, '$1')} ORDER BY s."expiresAt" DESC LIMIT $2`,
    [nowMs, max],
  )
  return rows.reverse().flatMap((row) => {
    const session = sessionOf(String(row.session))
    if (session === null) return []
    const secret = {
      apiKeyId: Number(row.apiKeyId),
      keyHashHex: String(row.keyHash),
      route: {
        upstream: String(row.upstream),
        upstreamId: numberOrNull(row.upstreamId),
        credentialId: numberOrNull(row.credentialId),
      },
      ...session,
      expiresAtMs: Number(row.expiresAtMs),
    }
    return [{ hashHex: String(row.hash), secret }]
  })
}

/** One that is known already stays as it is. */
export async function writeClientSecret(store: Store, hashHex: string, secret: StoredSecret): Promise<void> {
  const { apiKeyId, keyHashHex, route, opens, models, upstreamModel, reportedModel, expiresAtMs } = secret
  const session = JSON.stringify({ opens, models, upstreamModel, reportedModel })
  const expiresAt = writtenInstant(store.kind, store.kind === 'sqlite' ? '$8' : '$8::bigint')
  await store[SQL].batch([
    {
      text: `INSERT INTO "ClientSecret" ("hash", "apiKeyId", "keyHash", "upstream", "upstreamId", "credentialId", "session", "expiresAt")
        VALUES ($1, $2, $3, $4, $5, $6, $7, ${expiresAt}) ON CONFLICT ("hash") DO NOTHING`,
      values: [
        hashHex,
        apiKeyId,
        keyHashHex,
        route.upstream,
        route.upstreamId,
        route.credentialId,
        session,
        expiresAtMs,
      ],
    },
  ])
}

/** Removes up to `limit` that have expired, and as many of those that expire first where there are more than `max`. Returns how many. */
export async function removeOldSecrets(
  store: Store,
  nowMs: number,
  max: number,
  limit: number,
): Promise<number> {
  const [counted] = await store[SQL].all('SELECT count(*) AS n FROM "ClientSecret"', [])
  const excess = Math.min(limit, Math.max(0, Number(counted?.n ?? 0) - max))
  const removal = (which: string, values: number[]) => ({
    text: `DELETE FROM "ClientSecret" WHERE "hash" IN (SELECT s."hash" FROM "ClientSecret" s ${which})`,
    values,
  })
  const removed = await store[SQL].batch([
    removal(`WHERE s."expiresAt" <= ${writtenInstant(store.kind, '$1')} ORDER BY s."expiresAt" LIMIT $2`, [
      nowMs,
      limit,
    ]),
    removal('ORDER BY s."expiresAt" LIMIT $1', [excess]),
  ])
  return removed.reduce((sum, count) => sum + count, 0)
}

type Session = Pick<StoredSecret, 'opens' | 'models' | 'upstreamModel' | 'reportedModel'>

/** Null where what is stored is none: the client makes another secret. */
function sessionOf(text: string): Session | null {
  try {
    const session: unknown = JSON.parse(text)
    if (!isObject(session)) return null
    const { opens, models, upstreamModel, reportedModel } = session
    if (!isTexts(opens) || !isTexts(models)) return null
    return {
      opens,
      models,
      upstreamModel: textOrNull(upstreamModel),
      reportedModel: textOrNull(reportedModel),
    }
  } catch {
    return null
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
