// Binds the objects that a call's response says were made to the key of the call and to the route that made them.

import { isObject } from '../../domain/is-object.ts'
import { madeObjects } from '../../domain/objects/made-objects.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { BoundRoute, ObjectBindings } from './object-bindings.ts'
import { boundRoute } from './object-bindings.ts'

export type BinderOptions = {
  /** The upstream keeps what it makes; else it makes encrypted reasoning alone, and containers. */
  isStored: boolean
  /** The response waits until the binding is in the database. */
  isDurable: boolean
  /** The object that a request deletes; null: it deletes none. */
  deletes: string | null
}

/** One for a call; what it gets is from the upstream of the current attempt. */
export class ObjectBinder {
  readonly #bindings: ObjectBindings
  readonly #apiKeyId: number
  readonly #options: BinderOptions
  #route: BoundRoute | null = null
  #pending: Promise<unknown> | null = null

  constructor(bindings: ObjectBindings, apiKeyId: number, options: BinderOptions) {
    this.#bindings = bindings
    this.#apiKeyId = apiKeyId
    this.#options = options
  }

  /** An attempt begins, at this upstream. */
  begin(upstream: Upstream): void {
    this.#route = boundRoute(upstream)
  }

  /** A successful response, or an event of one, has this to say. */
  note(json: unknown): void {
    const { isStored, deletes } = this.#options
    if (deletes === null) return this.#bind(madeObjects(json, isStored))
    if (isObject(json) && json.deleted === true) this.#bindings.forget(this.#apiKeyId, deletes)
  }

  /** The Location of what was made, where the response has no JSON, as that of a realtime call. */
  noteLocation(location: string | null): void {
    if (location === null || !this.#options.isStored) return
    const id = /([\w.~:-]{1,200})\/?(?:\?.*)?$/.exec(location)?.[1]
    if (id !== undefined) this.#bind([id])
  }

  /** What the last byte of the response waits for; null: nothing. Never rejects. */
  get pending(): Promise<unknown> | null {
    return this.#pending
  }

  #bind(ids: string[]): void {
    if (ids.length === 0 || this.#route === null) return
    const binding = this.#bindings.bind(this.#apiKeyId, this.#route, ids, this.#options.isDurable)
    if (binding === null) return
    this.#pending = this.#pending === null ? binding : Promise.all([this.#pending, binding])
  }
}
