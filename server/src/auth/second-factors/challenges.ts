// One-time tokens between two requests of somebody who signs in: the second step after a password, the challenge of a passkey, the
// way to a provider and back. Nothing is stored for one, so that strangers who ask for many take no memory: a token is its own
// data, sealed under a key of this process. A restart ends them all.
//
// Owner: the GraphQL handler and the OpenID Connect routes, one of each process. Key: the SHA-256 of a token that has been used. Bound:
// 20,000, each of which took a right password, code or signature. Lifetime: ten minutes, longer than any token.
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { isObject } from '../../domain/is-object.ts'
import { decrypt, encrypt } from '../../domain/keys/fernet.ts'
import { tokenHash } from '../secret-token.ts'

const USED_MAX = 20_000
const USED_MS = 600_000
/** Sealed, the data of every kind has fewer characters. */
const TOKEN_MAX = 4_096

export type ChallengeKind =
  | 'second step'
  | 'passkey registration'
  | 'passkey sign-in'
  | 'passkey confirmation'
  | 'sso'
  | 'sso arrival'

export type ChallengeData = Record<string, string | number | null>

export type Challenges = {
  /** A token that holds the data; nobody else can read or make it. */
  mint(kind: ChallengeKind, data: ChallengeData, nowMs: number): string
  /** The data of a token of this kind that is at most `maxMs` old and has not been used; null for any other text. */
  open(kind: ChallengeKind, token: string, maxMs: number, nowMs: number): ChallengeData | null
  /** Uses it up; false where another request did so first. */
  spend(token: string): boolean
}

/** No token is used yet. */
export function createChallenges(): Challenges {
  const key = randomBytes(32)
  const used = new LRUCache<string, true>({ max: USED_MAX, ttl: USED_MS })
  const idOf = (token: string) => Buffer.from(tokenHash(token)).toString('base64')
  return {
    mint: (kind, data, nowMs) => encrypt(key, JSON.stringify({ kind, data, nowMs }), { nowMs }),
    open(kind, token, maxMs, nowMs) {
      if (token.length > TOKEN_MAX || used.has(idOf(token))) return null
      const text = decrypt(key, token)
      const sealed: unknown = text === null ? null : JSON.parse(text)
      if (!isObject(sealed) || sealed.kind !== kind || !isObject(sealed.data)) return null
      const ageMs = nowMs - Number(sealed.nowMs)
      return ageMs >= 0 && ageMs <= maxMs ? (sealed.data as ChallengeData) : null
    },
    spend(token) {
      const id = idOf(token)
      if (used.has(id)) return false
      used.set(id, true)
      return true
    },
  }
}
