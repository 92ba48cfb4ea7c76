// Reading audit events: one, a page, how many there are, and all of them one after another.
import type { Actor } from '../../domain/admins/actor.ts'
import type {
  AuditEventFilter,
  AuditEventPage,
  StoredAuditEvent,
} from '../../domain/audit/audit-event-query.ts'
import * as queries from '../../store/queries/audit/audit-events.ts'
import type { ControlPlane } from '../control-plane.ts'

export type { AuditEventFilter, StoredAuditEvent } from '../../domain/audit/audit-event-query.ts'

/** The most that `countAuditEvents` counts. */
export const COUNTED_MAX = 10_000
const READ_PAGE = 500

/** A page, newest first. */
export function findAuditEvents(
  { store }: ControlPlane,
  filter: AuditEventFilter,
  page: AuditEventPage,
): Promise<StoredAuditEvent[]> {
  return queries.findAuditEvents(store, filter, page)
}

/** The events of ids that the actor may see, by id, with one query. */
export async function findAuditEventsById(
  { store }: ControlPlane,
  { owners }: Pick<Actor, 'owners'>,
  ids: number[],
): Promise<Map<number, StoredAuditEvent>> {
  const filter = owners === null ? { ids } : { ids, owners }
  const events = await queries.findAuditEvents(store, filter, { limit: ids.length })
  return new Map(events.map((event) => [event.id, event]))
}

/** How many match; null: more than 10,000. */
export async function countAuditEvents(
  { store }: ControlPlane,
  filter: AuditEventFilter,
): Promise<number | null> {
  const count = await queries.countAuditEventsUpTo(store, filter, COUNTED_MAX + 1)
  return count > COUNTED_MAX ? null : count
}

/** Every matching event, oldest first, a page in memory at a time; continues after the id `after`. For exports. */
export async function* readAuditEvents(
  { store }: Pick<ControlPlane, 'store'>,
  filter: AuditEventFilter,
  after = 0,
): AsyncGenerator<StoredAuditEvent, void, undefined> {
  let newerThan = after
  for (;;) {
    const page = await queries.findAuditEvents(store, filter, {
      limit: READ_PAGE,
      newerThan,
      oldestFirst: true,
    })
    const events = page.reverse()
    yield* events
    const last = events.at(-1)
    if (last === undefined || events.length < READ_PAGE) return
    newerThan = last.id
  }
}
