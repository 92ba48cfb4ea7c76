// Works off the queue of deliveries: each due one is claimed, tried once, and then done or due again.
import { storedMessage } from '../../../domain/alerts/alert-message.ts'
import {
  attemptsText,
  CLAIM_MS,
  DELIVERY_SPAN_MS,
  type DeliveryAttempt,
  deliveryAttempt,
  retryDelayMs,
  storedAttempts,
} from '../../../domain/alerts/delivery-attempt.ts'
import { deliveryError } from '../../../domain/alerts/delivery-error.ts'
import { readDueDeliveries } from '../../../store/queries/alerts/alert-queue.ts'
import type { Store } from '../../../store/store.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { type DeliveryCounts, deliveryCounts } from './delivery-counts.ts'
import { sendMessage } from './send-message.ts'
import { refused, type SendOutcome } from './send-outcome.ts'

/** How many attempts are made at once, and in one step. */
const AT_ONCE = 8
const STEP_MAX = 64

/**
 * Tries what is due. What `stop` interrupts is due at once again, and what a process that died had claimed is, after two minutes.
 * Resolves with how many were tried; rejects where the database fails.
 */
export async function deliverAlerts(plane: ControlPlane, stop: AbortSignal): Promise<number> {
  const due = await readDueDeliveries(plane.store, plane.clock(), STEP_MAX)
  let tried = 0
  async function work(): Promise<void> {
    for (let id = due.shift(); id !== undefined && !stop.aborted; id = due.shift()) {
      if (await deliver(plane, id, stop)) tried += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return tried
}

/** False where another process has claimed it meanwhile. */
async function deliver(plane: ControlPlane, id: string, stop: AbortSignal): Promise<boolean> {
  const { prisma } = plane.store
  const nowMs = plane.clock()
  const { count } = await prisma.alertDelivery.updateMany({
    where: { id, status: 'PENDING', nextAttemptAt: { lte: new Date(nowMs) } },
    data: { nextAttemptAt: new Date(nowMs + CLAIM_MS) },
  })
  if (count === 0) return false
  const row = await prisma.alertDelivery.findUnique({ where: { id }, include: { channel: true } })
  // Its channel has been deleted.
  if (row === null) return false
  const began = performance.now()
  const outcome: SendOutcome = row.channel.enabled
    ? await sendMessage(plane, row.channel, id, storedMessage(row.message), stop)
    : refused(null, deliveryError('CHANNEL_DISABLED'))
  if (stop.aborted && outcome.error !== null) {
    await prisma.alertDelivery.updateMany({ where: { id }, data: { nextAttemptAt: new Date(nowMs) } })
    return false
  }
  const attempt = deliveryAttempt(nowMs, performance.now() - began, outcome)
  const became = await record(plane.store, row, attempt, outcome, plane.clock())
  deliveryCounts(plane)[became] += 1
  return true
}

type DeliveryRow = Awaited<ReturnType<Store['prisma']['alertDelivery']['findUniqueOrThrow']>>

async function record(
  { prisma }: Store,
  row: DeliveryRow,
  attempt: DeliveryAttempt,
  { error, retry, retryAfterMs }: SendOutcome,
  nowMs: number,
): Promise<keyof DeliveryCounts> {
  const before = storedAttempts(row.attempts)
  // Attempts of before a replay do not slow it down.
  const failed = before.filter(({ atMs }) => atMs >= row.deadlineAt.getTime() - DELIVERY_SPAN_MS).length + 1
  const nextMs = nowMs + retryDelayMs(failed, Math.random(), retryAfterMs)
  const again = error !== null && retry && nextMs <= row.deadlineAt.getTime()
  await prisma.alertDelivery.updateMany({
    where: { id: row.id },
    data: {
      status: error === null ? 'DELIVERED' : again ? 'PENDING' : 'FAILED',
      nextAttemptAt: again ? new Date(nextMs) : null,
      attempts: attemptsText(before, attempt),
    },
  })
  return error === null ? 'delivered' : again ? 'retried' : 'failed'
}
