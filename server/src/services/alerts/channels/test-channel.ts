// Sending a test message to a channel, now.
import type { Actor } from '../../../domain/admins/actor.ts'
import { mintDeliveryId } from '../../../domain/alerts/alert-id.ts'
import { alertMessage } from '../../../domain/alerts/alert-message.ts'
import {
  attemptsText,
  type DeliveryAttempt,
  deliveryAttempt,
} from '../../../domain/alerts/delivery-attempt.ts'
import { auditEvent } from '../../../domain/audit/audit-event.ts'
import { ok, type Result, throttled } from '../../../domain/user-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { sendMessage } from '../deliver/send-message.ts'
import { channelTarget, noSuchChannel } from './channel-row.ts'

/** `message`: what came of it, in English. */
export type ChannelTest = Pick<DeliveryAttempt, 'status' | 'code' | 'detail' | 'durationMs'> & {
  ok: boolean
  message: string
}

const TESTS_MAX = 8
let running = 0

/** Sends a test message, whether the channel is enabled or not, and tells what came of it. It is tried once, and in the log of deliveries. */
export async function testChannel(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<ChannelTest>> {
  const { prisma } = plane.store
  const channel = await prisma.alertChannel.findUnique({ where: { id: number } })
  if (channel === null) return noSuchChannel()
  if (running >= TESTS_MAX) return throttled(null, `${TESTS_MAX} tests are running.`, 10)
  running += 1
  try {
    const nowMs = plane.clock()
    const id = mintDeliveryId()
    const message = alertMessage('TEST', null, [], { nowMs, publicUrl: plane.publicUrl })
    // Before it is sent: a test that is not in the audit trail is not made.
    await prisma.auditEvent.create({
      data: auditEvent(actor, 'alert_channel.test', channelTarget(channel), nowMs),
    })
    const began = performance.now()
    const outcome = await sendMessage(plane, channel, id, message)
    const attempt = deliveryAttempt(nowMs, performance.now() - began, outcome)
    const { status, error, code, detail, durationMs } = attempt
    await prisma.alertDelivery.createMany({
      data: [
        {
          id,
          channelId: number,
          cause: `TEST:${id}`,
          event: 'TEST',
          message: JSON.stringify(message),
          status: error === null ? 'DELIVERED' : 'FAILED',
          createdAt: new Date(nowMs),
          nextAttemptAt: null,
          deadlineAt: new Date(nowMs),
          attempts: attemptsText([], attempt),
        },
      ],
    })
    const words = error ?? 'The message was accepted.'
    return ok({ ok: error === null, status, message: words, code, detail, durationMs })
  } finally {
    running -= 1
  }
}
