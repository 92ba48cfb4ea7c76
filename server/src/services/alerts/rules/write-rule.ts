// Making, changing, muting and deleting alert rules.
import type { Actor } from '../../../domain/admins/actor.ts'
import { alertChannelId } from '../../../domain/alerts/alert-id.ts'
import {
  type AlertKind,
  type AlertSeverity,
  storedKind,
  storedThresholds,
  type ThresholdName,
} from '../../../domain/alerts/rules/alert-kinds.ts'
import {
  RULE_CHANNELS_MAX,
  readAlertName,
  readMutedUntil,
  readRepeatMinutes,
  readScope,
  readThresholds,
} from '../../../domain/alerts/rules/alert-rule-input.ts'
import { type AlertScope, scopeText, storedScope } from '../../../domain/alerts/rules/alert-scope.ts'
import { auditEvent } from '../../../domain/audit/audit-event.ts'
import { changesBetween } from '../../../domain/audit/field-changes.ts'
import { failed, ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import { withConstraintProblems } from '../../broken-constraint.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { ALERT_RULES_MAX } from '../evaluate/evaluate-alerts.ts'
import {
  noSuchRule,
  type RuleRow,
  type RuleView,
  ruleNameTaken,
  ruleTarget,
  ruleView,
  staleRule,
  WITH_CHANNELS,
} from './rule-row.ts'

export type RuleInput = {
  name: string
  scope: AlertScope
  thresholds: Partial<Record<ThresholdName, number | null | undefined>>
  severity: AlertSeverity
  /** Numbers of channels. */
  channels: number[]
  repeatMinutes: number | null
  mutedUntil: Date | null
  enabled: boolean
}

/** What is undefined stays as it is. */
export type UpdateRuleInput = { [field in keyof RuleInput]?: RuleInput[field] | undefined } & {
  number: number
  expectedVersion: number | null
}

type Transaction = Parameters<Parameters<ControlPlane['store']['prisma']['$transaction']>[0]>[0]
type Columns = Pick<
  RuleRow,
  'name' | 'scope' | 'thresholds' | 'severity' | 'repeatMinutes' | 'mutedUntil' | 'enabled'
>

/** Creates a rule, which is judged from the next round on. */
export async function createRule(
  plane: ControlPlane,
  actor: Actor,
  input: RuleInput & { kind: AlertKind },
): Promise<Result<RuleView>> {
  const nowMs = plane.clock()
  const read = readColumns(input.kind, input, null, nowMs)
  if (!read.ok) return read
  return changing(plane, read.value.name, async (tx) => {
    const { name } = read.value
    if ((await tx.alertRule.count({ where: { name } })) > 0) return ruleNameTaken(name)
    if ((await tx.alertRule.count()) >= ALERT_RULES_MAX)
      return failed(
        'OUT_OF_RANGE',
        null,
        `There are ${ALERT_RULES_MAX} alert rules already. Delete one first.`,
        { maxItems: ALERT_RULES_MAX },
      )
    const channels = await existing(tx, input.channels)
    if (!channels.ok) return channels
    const now = new Date(nowMs)
    const row = await tx.alertRule.create({
      data: {
        ...read.value,
        kind: input.kind,
        createdAt: now,
        updatedAt: now,
        channels: { create: channels.value.map((channelId) => ({ channelId })) },
      },
      include: WITH_CHANNELS,
    })
    const changes = changesBetween(null, trailed(row))
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_rule.create', ruleTarget(row), nowMs, changes),
    })
    return ok(ruleView(row))
  })
}

/**
 * Changes a rule, from the next round on. Its open alerts stay open where it still applies, and are resolved where it no longer
 * does; those of a rule that is disabled are resolved without a message.
 */
export async function updateRule(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateRuleInput,
): Promise<Result<RuleView>> {
  const nowMs = plane.clock()
  return changing(plane, input.name ?? '', async (tx) => {
    const before = await tx.alertRule.findUnique({ where: { id: input.number }, include: WITH_CHANNELS })
    if (before === null) return noSuchRule()
    if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleRule()
    const kind = storedKind(before.kind)
    if (kind === null) return failed('IMMUTABLE', 'id', 'A later version of Latchkey has made this rule.')
    const read = readColumns(kind, input, before, nowMs)
    if (!read.ok) return read
    const { name, enabled } = read.value
    if (name !== before.name && (await tx.alertRule.count({ where: { name } })) > 0)
      return ruleNameTaken(name)
    const old = before.channels.map(({ channelId }) => channelId)
    const channels = input.channels === undefined ? ok(old) : await existing(tx, input.channels)
    if (!channels.ok) return channels
    const changes = changesBetween(
      trailed(before),
      trailed({ ...before, ...read.value, channels: channels.value.map((channelId) => ({ channelId })) }),
    )
    if (changes.length === 0) return ok(ruleView(before))
    const { count } = await tx.alertRule.updateMany({
      where: { id: before.id, version: before.version },
      data: { ...read.value, updatedAt: new Date(nowMs), version: { increment: 1 } },
    })
    if (count === 0) return staleRule()
    if (old.join() !== channels.value.join()) {
      await tx.alertRuleChannel.deleteMany({ where: { ruleId: before.id } })
      await tx.alertRuleChannel.createMany({
        data: channels.value.map((channelId) => ({ ruleId: before.id, channelId })),
      })
    }
    if (!enabled) {
      await tx.alert.updateMany({
        where: { ruleId: before.id, resolvedAt: null },
        data: { resolvedAt: new Date(nowMs), openKey: null },
      })
    }
    const after = await tx.alertRule.findUniqueOrThrow({ where: { id: before.id }, include: WITH_CHANNELS })
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_rule.update', ruleTarget(after), nowMs, changes),
    })
    return ok(ruleView(after))
  })
}

/** Deletes a rule with its alerts. Messages that are under way are still sent. Returns its number. */
export async function deleteRule(plane: ControlPlane, actor: Actor, number: number): Promise<Result<number>> {
  const nowMs = plane.clock()
  return changing(plane, '', async (tx) => {
    const row = await tx.alertRule.findUnique({ where: { id: number }, include: WITH_CHANNELS })
    if (row === null) return noSuchRule()
    const { count } = await tx.alertRule.deleteMany({ where: { id: number } })
    if (count === 0) return noSuchRule()
    const changes = changesBetween(trailed(row), null)
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_rule.delete', ruleTarget(row), nowMs, changes),
    })
    return ok(number)
  })
}

function changing<T>(
  plane: ControlPlane,
  name: string,
  change: (tx: Transaction) => Promise<Result<T>>,
): Promise<Result<T>> {
  return withConstraintProblems({ unique: () => ruleNameTaken(name), 'foreign-key': noSuchChannels }, () =>
    plane.store.prisma.$transaction(change),
  )
}

/** The columns as they are to be: what is sent, else what was. */
function readColumns(
  kind: AlertKind,
  input: Omit<UpdateRuleInput, 'number' | 'expectedVersion'>,
  before: RuleRow | null,
  nowMs: number,
): Result<Columns> {
  const name = input.name === undefined ? ok(before?.name ?? '') : readAlertName(input.name)
  const scope = readScope(kind, input.scope ?? storedScope(before?.scope ?? null))
  const thresholds = readThresholds(
    kind,
    input.thresholds ?? {},
    before === null ? {} : storedThresholds(before.thresholds),
  )
  const repeat =
    input.repeatMinutes === undefined
      ? ok(before?.repeatMinutes ?? null)
      : readRepeatMinutes(input.repeatMinutes)
  const muted =
    input.mutedUntil === undefined ? ok(before?.mutedUntil ?? null) : readMutedUntil(input.mutedUntil, nowMs)
  const channels = channelsFault(input.channels)
  if (!name.ok || !scope.ok || !thresholds.ok || !repeat.ok || !muted.ok || !channels.ok)
    return { ok: false, errors: problemsOf(name, scope, thresholds, repeat, muted, channels) }
  return ok({
    name: name.value,
    scope: scopeText(scope.value),
    thresholds: JSON.stringify(thresholds.value),
    severity: input.severity ?? before?.severity ?? 'WARNING',
    repeatMinutes: repeat.value,
    mutedUntil: muted.value,
    enabled: input.enabled ?? before?.enabled ?? true,
  })
}

function channelsFault(channels: readonly number[] | undefined): Result<null> {
  if (channels === undefined || channels.length <= RULE_CHANNELS_MAX) return ok(null)
  return failed(
    'OUT_OF_RANGE',
    'channelIds',
    `channelIds: a rule has at most ${RULE_CHANNELS_MAX} channels.`,
    { maxItems: RULE_CHANNELS_MAX },
  )
}

/** The numbers of channels, each once and in ascending order; a problem where one of them does not exist. */
async function existing(tx: Transaction, numbers: readonly number[]): Promise<Result<number[]>> {
  const wanted = [...new Set(numbers)].sort((a, b) => a - b)
  if (wanted.length === 0) return ok([])
  const found = await tx.alertChannel.count({ where: { id: { in: wanted } } })
  return found === wanted.length ? ok(wanted) : noSuchChannels()
}

function noSuchChannels(): Result<never> {
  return failed('NOT_FOUND', 'channelIds', 'channelIds: one of these channels does not exist.')
}

/** A rule as the audit trail has it. */
function trailed(row: Columns & { kind: string; channels: readonly { channelId: number }[] }): object {
  const { name, kind, severity, repeatMinutes, mutedUntil, enabled } = row
  return {
    name,
    kind,
    severity,
    repeatMinutes,
    mutedUntil,
    enabled,
    scope: storedScope(row.scope),
    thresholds: storedThresholds(row.thresholds),
    channelIds: row.channels.map(({ channelId }) => alertChannelId(channelId)),
  }
}
