// The audit trail of one object, as the store has it.
import type { TestLatchkey } from '../server/latchkey.ts'

/** The events of an object, oldest first: each its action and its changes, null for none. */
export async function auditOf({ app }: TestLatchkey, targetId: string): Promise<[string, unknown][]> {
  const events = await app.store.prisma.auditEvent.findMany({ where: { targetId }, orderBy: { id: 'asc' } })
  return events.map(({ action, changes }) => [action, changes === null ? null : JSON.parse(changes)])
}
