// Retention of audit events: removes the oldest, from the beginning of the chain on, and keeps the chain verifiable.
import { systemActor } from '../../domain/admins/actor.ts'
import type { ChainLink } from '../../domain/audit/audit-chain.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { readChainEnds, readSealed, removeSealedThrough } from '../../store/queries/audit/audit-chain.ts'
import type { Store } from '../../store/store.ts'

const SLICE = 500

/**
 * Removes sealed events from before an instant, up to the first that is younger, and writes an event that names the checkpoint: the
 * last one that was removed, which is sealed into what is left. Resolves with how many were removed.
 */
export async function expireEvents(store: Store, beforeMs: number, nowMs: number): Promise<number> {
  let { position } = (await readChainEnds(store)).checkpoint
  let removed = 0
  let checkpoint: ChainLink | null = null
  for (;;) {
    const events = await readSealed(store, position, SLICE)
    const end = events.findIndex(({ atMs }) => atMs >= beforeMs)
    const expired = end === -1 ? events : events.slice(0, end)
    const last = expired.at(-1)
    if (last === undefined) break
    checkpoint = last.link
    position = last.link.position
    removed += await removeSealedThrough(store, checkpoint)
    if (expired.length < SLICE) break
  }
  if (checkpoint !== null) {
    const changes = [
      { path: 'removed', before: null, after: removed },
      { path: 'checkpoint.position', before: null, after: checkpoint.position },
      { path: 'checkpoint.hash', before: null, after: Buffer.from(checkpoint.hash).toString('hex') },
    ]
    await store.prisma.auditEvent.create({
      data: auditEvent(systemActor('latchkey'), 'audit_log.expire', null, nowMs, changes),
    })
  }
  return removed
}
