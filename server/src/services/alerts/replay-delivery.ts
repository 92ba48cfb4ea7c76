// Sending a delivery once more.
import type { Actor } from '../../domain/admins/actor.ts'
import { DELIVERY_SPAN_MS } from '../../domain/alerts/delivery-attempt.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { channelTarget } from './channels/channel-row.ts'
import type { DeliveryRow } from './find-alerts.ts'

/** Queues a delivery that ended, with the message and the id that it had; it is tried for a day again. */
export async function replayDelivery(
  { store, clock }: ControlPlane,
  actor: Actor,
  id: string,
): Promise<Result<DeliveryRow>> {
  const nowMs = clock()
  return store.prisma.$transaction(async (tx): Promise<Result<DeliveryRow>> => {
    const before = await tx.alertDelivery.findUnique({ where: { id }, include: { channel: true } })
    if (before === null)
      return failed('NOT_FOUND', 'id', 'There is no delivery with this id. It may have expired.')
    // The condition guards against another replay between the read and this write.
    const { count } = await tx.alertDelivery.updateMany({
      where: { id, status: { not: 'PENDING' } },
      data: {
        status: 'PENDING',
        nextAttemptAt: new Date(nowMs),
        deadlineAt: new Date(nowMs + DELIVERY_SPAN_MS),
      },
    })
    if (count === 0) return failed('IN_USE', 'id', 'This delivery is still being tried.')
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_delivery.replay', channelTarget(before.channel), nowMs, [
        { path: 'deliveryId', before: null, after: id },
      ]),
    })
    const after = await tx.alertDelivery.findUniqueOrThrow({ where: { id }, include: { channel: true } })
    return ok(after)
  })
}
