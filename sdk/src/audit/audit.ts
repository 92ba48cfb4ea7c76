// Audit events: who did what, and whether the trail is whole.
import type { AuditEventFilter } from '../generated/operations.ts'
import { found } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { AuditChain, AuditEvent, AuditTarget } from '../types.ts'

export type ListAuditEventsArgs = PageArgs & { filter?: AuditEventFilter | undefined }

export class Audit {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Audit events, newest first. */
  list({ filter, ...page }: ListAuditEventsArgs = {}, options?: CallOptions): List<AuditEvent> {
    return new List(async (args) => {
      const data = await this.#send(
        (api, signal) => api.ListAuditEvents({ ...args, filter }, signal),
        options,
      )
      return data.auditEvents
    }, page)
  }

  /** One event. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<AuditEvent> {
    const { node } = await this.#send((api, signal) => api.GetAuditEvent({ id }, signal), options)
    return found(node?.__typename === 'AuditEvent' ? node : null, 'There is no such audit event.')
  }

  /**
   * What an event was done to, as it is now; null where it was deleted, or is of a type that `node` does not have. Rejects with a
   * PermissionError without the scope of its type.
   */
  async target(id: string, options?: CallOptions): Promise<AuditTarget | null> {
    const { node } = await this.#send((api, signal) => api.GetAuditEventTarget({ id }, signal), options)
    const target = node !== null && 'target' in node ? node.target : null
    if (target === null) return null
    return { type: target.__typename, id: target.id, name: 'name' in target ? target.name : null }
  }

  /** How many match; null beyond 10,000. */
  async count(filter?: AuditEventFilter, options?: CallOptions): Promise<number | null> {
    const data = await this.#send((api, signal) => api.CountAuditEvents({ filter }, signal), options)
    return data.auditEvents.totalCount
  }

  /** Every action that an event can have, such as `api_key.update`. */
  async actions(options?: CallOptions): Promise<readonly string[]> {
    return (await this.#send((api, signal) => api.ListAuditActions({}, signal), options)).auditActions
  }

  /**
   * Verifies the hash chain of all events. `anchor`: what the log of the server said of its head earlier, such as `12:e3b0…`.
   * Takes seconds over a million events.
   */
  async verify({ anchor }: { anchor?: string | undefined } = {}, options?: CallOptions): Promise<AuditChain> {
    return (await this.#send((api, signal) => api.VerifyAuditChain({ anchor }, signal), options)).auditChain
  }
}
