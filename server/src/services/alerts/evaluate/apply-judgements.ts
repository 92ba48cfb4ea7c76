// Opens and resolves alerts, and queues their deliveries, in one transaction that no other process's is beside: what one cause is
// sent for, it is sent for once.
import { alertRuleId, mintAlertId, mintDeliveryId } from '../../../domain/alerts/alert-id.ts'
import {
  type AlertEvent,
  type AlertMessage,
  alertMessage,
  type MessageAlert,
} from '../../../domain/alerts/alert-message.ts'
import { DELIVERY_SPAN_MS } from '../../../domain/alerts/delivery-attempt.ts'
import { MOMENTARY_KINDS, storedSeverity } from '../../../domain/alerts/rules/alert-kinds.ts'
import { type Judgement, planChanges } from '../../../domain/alerts/rules/plan-changes.ts'
import { readOpenAlerts } from '../../../store/queries/alerts/active-alert-rules.ts'
import type { Store } from '../../../store/store.ts'
import { TRANSACTION_LIMITS } from '../../../store/transaction-limits.ts'
import { lockAlone } from '../../../store/transaction-locks.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { ActiveRule } from './alert-round.ts'

export type JudgedRule = { rule: ActiveRule; judgement: Judgement }

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]
type RuleRow = Awaited<ReturnType<Store['prisma']['alertRule']['findUniqueOrThrow']>> & {
  channels: { channelId: number; channel: { enabled: boolean } }[]
}
type AlertRow = Awaited<ReturnType<Store['prisma']['alert']['findUniqueOrThrow']>>

// Of all rules together: a reader of more would not be helped by them.
const OPEN_ALERTS_MAX = 20_000

/** Rejects with nothing written where the database fails; the next round does the same again. */
export async function applyJudgements(
  plane: ControlPlane,
  judged: readonly JudgedRule[],
  nowMs: number,
): Promise<void> {
  if (!(await mayChange(plane.store, judged, nowMs))) return
  await plane.store.prisma.$transaction(async (tx) => {
    await lockAlone(plane.store, tx, 'ALERTS')
    const rows = await tx.alertRule.findMany({
      where: { id: { in: judged.map(({ rule }) => rule.id) }, enabled: true },
      include: { channels: { include: { channel: { select: { enabled: true } } } } },
    })
    const known = await tx.alert.findMany({
      where: { ruleId: { in: rows.map(({ id }) => id) }, resolvedAt: null },
      orderBy: { id: 'asc' },
      take: OPEN_ALERTS_MAX,
    })
    const byRule = Map.groupBy(known, ({ ruleId }) => ruleId)
    for (const { rule, judgement } of judged) {
      const row = rows.find(({ id, version }) => id === rule.id && version === rule.version)
      // A rule that has changed since is judged again in the next round.
      if (row === undefined) continue
      if (MOMENTARY_KINDS.includes(rule.kind)) await openMoments(tx, plane, row, rule, judgement, nowMs)
      else await changeAlerts(tx, plane, row, rule, judgement, byRule.get(rule.id) ?? [], nowMs)
    }
  }, TRANSACTION_LIMITS)
}

/** Most rounds find what the last one found: no transaction is begun for that. */
async function mayChange(store: Store, judged: readonly JudgedRule[], nowMs: number): Promise<boolean> {
  const open = Map.groupBy(await readOpenAlerts(store, OPEN_ALERTS_MAX), ({ ruleId }) => ruleId)
  return judged.some(({ rule, judgement }) => {
    if (MOMENTARY_KINDS.includes(rule.kind)) return judgement.findings.length > 0
    const { repeatMinutes, mutedUntilMs } = rule
    const muted = mutedUntilMs !== null && mutedUntilMs > nowMs
    const plan = planChanges(open.get(rule.id) ?? [], judgement, { muted, repeatMinutes, nowMs })
    return Object.values(plan).some((changes) => changes.length > 0)
  })
}

async function changeAlerts(
  tx: Transaction,
  plane: ControlPlane,
  row: RuleRow,
  rule: ActiveRule,
  judgement: Judgement,
  known: readonly AlertRow[],
  nowMs: number,
): Promise<void> {
  const muted = isMuted(row, nowMs)
  const plan = planChanges(known, judgement, { muted, repeatMinutes: row.repeatMinutes, nowMs })
  const opened = plan.open.map((finding) => ({
    id: mintAlertId(),
    ruleId: rule.id,
    target: finding.target,
    targetLabel: finding.label,
    openKey: `${rule.id}:${finding.target}`,
    message: finding.message,
    openedAt: new Date(nowMs),
    resolvedAt: null,
    notifiedAt: muted ? null : new Date(nowMs),
    notifications: muted ? 0 : 1,
  }))
  if (opened.length > 0) await tx.alert.createMany({ data: opened })
  if (plan.resolve.length > 0) {
    await tx.alert.updateMany({
      where: { id: { in: plan.resolve.map(({ id }) => id) } },
      data: { resolvedAt: new Date(nowMs), openKey: null },
    })
  }
  const again = plan.repeat.map(({ alert, finding }) => ({ ...alert, message: finding.message }))
  const sent = [...plan.late, ...again]
  if (sent.length > 0) {
    await tx.alert.updateMany({
      where: { id: { in: sent.map(({ id }) => id) } },
      data: { notifiedAt: new Date(nowMs), notifications: { increment: 1 } },
    })
  }
  if (muted) return
  const resolved = plan.resolve
    .filter(({ notifiedAt }) => notifiedAt !== null)
    .map((alert) => ({ ...alert, resolvedAt: new Date(nowMs) }))
  await queue(tx, plane, row, rule, 'OPENED', [...opened, ...plan.late], nowMs)
  await queue(tx, plane, row, rule, 'REPEATED', again, nowMs)
  await queue(tx, plane, row, rule, 'RESOLVED', resolved, nowMs)
}

/** What happens once is opened and resolved at once, and its key is kept, so that it is opened once. */
async function openMoments(
  tx: Transaction,
  plane: ControlPlane,
  row: RuleRow,
  rule: ActiveRule,
  { findings }: Judgement,
  nowMs: number,
): Promise<void> {
  const muted = isMuted(row, nowMs)
  const keys = new Map(findings.map((finding) => [`${rule.id}:${finding.target}`, finding]))
  const known = await tx.alert.findMany({
    where: { openKey: { in: [...keys.keys()] } },
    select: { openKey: true },
  })
  for (const { openKey } of known) if (openKey !== null) keys.delete(openKey)
  const opened = [...keys].map(([openKey, finding]) => ({
    id: mintAlertId(),
    ruleId: rule.id,
    target: finding.target,
    targetLabel: finding.label,
    openKey,
    message: finding.message,
    openedAt: new Date(nowMs),
    resolvedAt: new Date(nowMs),
    notifiedAt: muted ? null : new Date(nowMs),
    notifications: muted ? 0 : 1,
  }))
  if (opened.length === 0) return
  await tx.alert.createMany({ data: opened })
  if (!muted) await queue(tx, plane, row, rule, 'OPENED', opened, nowMs)
}

/** One delivery to each channel of the rule, about all of these alerts. */
async function queue(
  tx: Transaction,
  plane: ControlPlane,
  row: RuleRow,
  rule: ActiveRule,
  event: AlertEvent,
  alerts: readonly (MessageAlert & { notifications: number })[],
  nowMs: number,
): Promise<void> {
  const [first] = alerts
  const channels = row.channels.filter(({ channel }) => channel.enabled)
  if (first === undefined || channels.length === 0) return
  const about: AlertMessage['data']['rule'] = {
    id: alertRuleId(row.id),
    name: row.name,
    kind: rule.kind,
    severity: storedSeverity(row.severity),
  }
  const message = alertMessage(event, about, alerts, { nowMs, publicUrl: plane.publicUrl })
  await tx.alertDelivery.createMany({
    data: channels.map(({ channelId }) => ({
      id: mintDeliveryId(),
      channelId,
      cause: `${event}:${first.id}:${first.notifications}`,
      event,
      message: JSON.stringify(message),
      status: 'PENDING',
      createdAt: new Date(nowMs),
      nextAttemptAt: new Date(nowMs),
      deadlineAt: new Date(nowMs + DELIVERY_SPAN_MS),
      attempts: '[]',
    })),
  })
}

function isMuted({ mutedUntil }: RuleRow, nowMs: number): boolean {
  return mutedUntil !== null && mutedUntil.getTime() > nowMs
}
