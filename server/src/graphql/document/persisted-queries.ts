// Automatic persisted queries: a client that has sent a text once, with its SHA-256, sends the hash alone from then on
// (https://www.apollographql.com/docs/apollo-server/performance/apq, "protocol").
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { isObject } from '../../domain/is-object.ts'
import { operationKind, type SentOperation, withQuery } from './sent-operation.ts'

// Of UTF-16, so up to 4 MiB of memory; the texts of all of the SDK's operations have a twentieth.
const CHARACTERS_MAX = 2_097_152
const TEXTS_MAX = 2_000
// As long as a document whose parsed form is kept.
const TEXT_MAX_CHARACTERS = 32_768
const HASH = /^[0-9a-f]{64}$/
const FIELD = 'extensions.persistedQuery'

export type PersistedQueries = {
  /**
   * The operation with its text, whether that came now or before; `mayUse`: the client is identified. Throws
   * PERSISTED_QUERY_NOT_FOUND for a hash whose text has not come or is no longer kept, PERSISTED_QUERY_NOT_SUPPORTED to a client
   * that is not identified, and BAD_USER_INPUT for a hash that is not the text's.
   */
  resolve(sent: SentOperation, mayUse: boolean): SentOperation
}

/**
 * The texts by their SHA-256, for all who are identified: who knows the hash knew the text. Bound: 2,000 texts, 2,097,152 characters
 * in all, 32,768 each; the longest unused makes room. Never stale: the text alone decides the hash.
 */
export function createPersistedQueries(): PersistedQueries {
  const texts = new LRUCache<string, string>({
    max: TEXTS_MAX,
    maxSize: CHARACTERS_MAX,
    maxEntrySize: TEXT_MAX_CHARACTERS,
    sizeCalculation: (text) => text.length,
  })
  return {
    resolve(sent, mayUse) {
      const hash = hashIn(sent)
      if (hash === null) return sent
      if (sent.query === '') {
        if (!mayUse) throw new AdminError('PERSISTED_QUERY_NOT_SUPPORTED')
        const text = texts.get(hash)
        if (text === undefined) throw new AdminError('PERSISTED_QUERY_NOT_FOUND')
        return withQuery(sent, text)
      }
      if (!mayUse) return sent
      if (createHash('sha256').update(sent.query).digest('hex') !== hash) {
        throw badInput(`${FIELD}.sha256Hash`, `${FIELD}.sha256Hash: provided sha does not match query.`)
      }
      if (texts.has(hash)) return withQuery(sent, sent.query)
      // What is no operation never becomes one, and would only take room.
      if (operationKind(sent) !== null) texts.set(hash, sent.query)
      return withQuery(sent, sent.query)
    },
  }
}

/** Null where the request says nothing of persisted queries. */
function hashIn({ extensions }: SentOperation): string | null {
  const { persistedQuery } = extensions
  if (persistedQuery === undefined || persistedQuery === null) return null
  const { version, sha256Hash } = isObject(persistedQuery) ? persistedQuery : {}
  if (version !== 1) throw badInput(`${FIELD}.version`, `${FIELD}.version: it must be 1.`)
  if (typeof sha256Hash === 'string' && HASH.test(sha256Hash)) return sha256Hash
  throw badInput(
    `${FIELD}.sha256Hash`,
    `${FIELD}.sha256Hash: it must be the SHA-256 of the query, in 64 hexadecimal digits of lower case.`,
  )
}
