// The hash chain of audit events: each event's hash is over its own content and the hash of the event before it, so that an event
// which was changed, removed or put between others later is found. The canonical form is JSON that any program can write again:
// docs/reference/audit.md.
import { createHash } from 'node:crypto'

/** The version of the canonical form that new events are sealed by. A stored event is verified by its own. */
export const CHAIN_VERSION = 1

/** What stands in for the hash before the first event: 32 zero bytes. */
export const GENESIS_HASH: Uint8Array<ArrayBuffer> = new Uint8Array(32)

/** An event as it is stored, but for its place in the chain. */
export type ChainedContent = {
  id: number
  /** Milliseconds since the epoch. */
  atMs: number
  actorType: string
  actorId: number | null
  actorName: string
  action: string
  targetType: string | null
  targetId: string | null
  targetLabel: string | null
  /** The stored JSON text itself. */
  changes: string | null
  ip: string | null
  userAgent: string | null
  requestId: string | null
}

export type ChainLink = { position: number; hash: Uint8Array<ArrayBuffer> }

/** The hash of the event at a position, after the event whose hash is `previous`. Null: a version that this program does not know. */
export function linkHash(
  version: number,
  position: number,
  previous: Uint8Array,
  event: ChainedContent,
): Uint8Array<ArrayBuffer> | null {
  if (version !== CHAIN_VERSION) return null
  return Uint8Array.from(
    createHash('sha256')
      .update(canonicalForm(position, previous, event))
      .digest(),
  )
}

/**
 * Version 1: a JSON array without white space, whose strings are escaped as JSON.stringify does: version, position, previous hash
 * (hex), id, instant (RFC 3339, UTC, milliseconds), then the members in this order.
 */
export function canonicalForm(position: number, previous: Uint8Array, event: ChainedContent): string {
  return JSON.stringify([
    1,
    position,
    Buffer.from(previous).toString('hex'),
    event.id,
    new Date(event.atMs).toISOString(),
    event.actorType,
    event.actorId,
    event.actorName,
    event.action,
    event.targetType,
    event.targetId,
    event.targetLabel,
    event.changes,
    event.ip,
    event.userAgent,
    event.requestId,
  ])
}
