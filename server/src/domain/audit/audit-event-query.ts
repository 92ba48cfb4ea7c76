// Which audit events a reader asks for.
import type { ActorType } from '../admins/actor.ts'
import type { ChainedContent, ChainLink } from './audit-chain.ts'

/** Every part that is there must match. Instants in milliseconds since the epoch: `fromMs` is included, `toMs` is not. */
export type AuditEventFilter = {
  ids?: number[]
  actorType?: ActorType[]
  actorId?: number
  actorName?: string
  action?: string[]
  targetType?: string
  targetId?: string
  requestId?: string
  ip?: string
  fromMs?: number
  toMs?: number
  /** Only events of API keys of these owners; absent: all events. */
  owners?: readonly number[]
}

/** By id: at most `limit`, newest first, from whichever end they are read. */
export type AuditEventPage = { limit: number; olderThan?: number; newerThan?: number; oldestFirst?: boolean }

/** An event as it is stored. `link` is null until it is sealed. */
export type StoredAuditEvent = ChainedContent & { link: ChainLink | null }
