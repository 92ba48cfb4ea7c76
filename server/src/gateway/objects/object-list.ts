// A list of objects, without those of other keys: the upstreams are read one after the other, page after page, until there are as
// many of the key's own as the client asked for.

import { type CallError, callError } from '../../domain/errors.ts'
import { queryWithoutSecrets } from '../../domain/keys/secrets-in-query.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { respondWithJson } from '../response/respond-with-json.ts'
import type { Route } from '../routing/route-table.ts'
import { fetchPage, type ObjectPage, type PageFailure } from './fetch-page.ts'
import type { ObjectRoute } from './named-objects.ts'
import { isBoundRoute } from './object-bindings.ts'

// As many as most of OpenAI's lists give at once. A client that asks for fewer makes no more requests of the upstream.
const PAGE_ENTRIES = 100
const LIMIT_MAX = 10_000
// Of all upstreams together: 5,000 objects of other keys at least.
const PAGES_MAX = 50

type Entry = Record<string, unknown>

/**
 * Responds with the objects of the key, or with those of all keys where it shares them. `cursor`: the route of the object
 * after which the list begins; null: it begins with the first. Rejects only on an internal error.
 */
export async function serveObjectList(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  cursor: ObjectRoute,
  isShared: boolean,
): Promise<void> {
  const { first, others } = gateway.routes.objectRoutes
  const routes = [first, ...others]
  const from = cursor === null ? 0 : routes.findIndex(({ upstream }) => isBoundRoute(upstream, cursor))
  call.noteAttempt(first.upstream.name, null, null)
  call.open(gateway.open)
  const list = new ObjectList(gateway, call, exchange, isShared)
  // Whose route is gone is in no list any more.
  if (from !== -1) for (const route of routes.slice(from)) if (!(await list.read(route))) break
  const failure = list.failure
  if (failure !== null) return respondWithError(call, exchange, failure, 'ERROR')
  respondWithJson(call, exchange, list.body())
}

class ObjectList {
  readonly #gateway: Gateway
  readonly #call: Call
  readonly #exchange: Exchange
  readonly #isShared: boolean
  readonly #limit: number
  #query: URLSearchParams
  readonly #entries: Entry[] = []
  #hasMore = false
  #pages = 0
  #failed: PageFailure | null = null
  #hasPage = false

  constructor(gateway: Gateway, call: Call, exchange: Exchange, isShared: boolean) {
    this.#gateway = gateway
    this.#call = call
    this.#exchange = exchange
    this.#isShared = isShared
    this.#query = new URLSearchParams(queryWithoutSecrets(exchange.query))
    const limit = Number(this.#query.get('limit') ?? PAGE_ENTRIES)
    // What is no number is for the upstream to refuse.
    this.#limit = limit >= 1 && limit <= LIMIT_MAX ? Math.floor(limit) : PAGE_ENTRIES
    if (limit >= 1 && limit < PAGE_ENTRIES) this.#query.set('limit', String(PAGE_ENTRIES))
  }

  /** Reads the pages of one upstream; false once the list is complete. */
  async read({ upstream }: Route): Promise<boolean> {
    for (;;) {
      if (this.#call.finished || this.#pages++ >= PAGES_MAX) return false
      const page = await fetchPage(this.#gateway, upstream, this.#exchange, this.#query.toString())
      if ('status' in page) {
        // An upstream without such objects has none of the key's.
        this.#failed ??= page
        if (!isAbsent(page)) return false
        break
      }
      this.#hasPage = true
      this.#call.noteAttempt(upstream.name, null, null)
      if (!(await this.#take(page))) return false
      const last = page.entries.at(-1)?.id
      // Backwards there is one page, and a list without ids has no second.
      if (!page.hasMore || typeof last !== 'string' || this.#query.has('before')) break
      this.#query.set('after', last)
    }
    if (this.#query.has('before')) return false
    this.#query = new URLSearchParams(this.#query)
    this.#query.delete('after')
    return true
  }

  /** Takes the key's own; false once there are enough. */
  async #take({ entries, hasMore }: ObjectPage): Promise<boolean> {
    const owned = this.#isShared ? entries : await this.#ownOf(entries)
    const room = this.#limit - this.#entries.length
    this.#entries.push(...owned.slice(0, room))
    if (this.#entries.length < this.#limit) return true
    this.#hasMore = owned.length > room || hasMore
    return false
  }

  async #ownOf(entries: Entry[]): Promise<Entry[]> {
    const ids = entries.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
    const owned = await this.#gateway.objects.ownedBy(this.#call.apiKeyId ?? 0, ids)
    return entries.filter(({ id }) => typeof id === 'string' && owned.has(id))
  }

  /** Why there is no list: no upstream had one, or one did not respond. */
  get failure(): CallError | null {
    const failed = this.#failed
    if (failed === null || (this.#hasPage && isAbsent(failed))) return null
    if (failed.status === 502) return callError('upstream_invalid_answer')
    const message = failed.message ?? 'The upstream has no such list.'
    return { ...callError('invalid_request', { message }), httpStatus: failed.status, source: 'upstream' }
  }

  body(): object {
    const data = this.#entries
    return {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: this.#hasMore,
    }
  }
}

function isAbsent({ status }: PageFailure): boolean {
  return status === 404 || status === 405 || status === 501
}
