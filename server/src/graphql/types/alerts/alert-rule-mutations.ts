// Changing alert rules.
import { alertRuleId, alertRuleNumber } from '../../../domain/alerts/alert-id.ts'
import {
  ALERT_SEVERITIES,
  THRESHOLD_NAMES,
  type ThresholdName,
} from '../../../domain/alerts/rules/alert-kinds.ts'
import type { AlertScope } from '../../../domain/alerts/rules/alert-scope.ts'
import { readUpstreamId } from '../../../domain/upstreams/upstream-id.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import type { RuleView } from '../../../services/alerts/rules/rule-row.ts'
import { createRule, deleteRule, updateRule } from '../../../services/alerts/rules/write-rule.ts'
import { builder, type InputFields } from '../../builder.ts'
import { quoted } from '../../global-id.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey, sentOwner } from '../sent-ids.ts'
import { alertActor } from './alert-access.ts'
import { sentChannel } from './alert-channel-mutations.ts'
import { AlertKindEnum, AlertSeverityEnum } from './alert-enums.ts'
import { AlertRuleRef, THRESHOLD_TEXTS } from './alert-rule.ts'

const INPUT = 'The input.'
const CHANNELS = 'At most 20.'
const REPEAT = 'How often an alert that stays open is sent again: 5 to 10080; null: never.'
const MUTED = 'Until then nothing is sent; at most a year from now; null: not muted.'

const ScopeInputRef = builder.inputType('AlertScopeInput', {
  description: 'What a rule watches: one of these fields, or none for everything.',
  fields: (t) => ({
    apiKeyIds: t.idList({ description: '1 to 200 API keys.' }),
    ownerIds: t.idList({ description: '1 to 200 owners: their keys, and the budgets that these share.' }),
    label: t.field({
      type: LabelInput,
      description: 'The keys with this label, and the budgets of limits by it.',
    }),
    upstreamIds: t.idList({ description: '1 to 200 upstreams; of UPSTREAM_DOWN and ERROR_RATE.' }),
  }),
})

function thresholdInputs(t: InputFields, absent: string) {
  const field = (name: ThresholdName) => t.int({ description: `${THRESHOLD_TEXTS[name]} ${absent}` })
  return Object.fromEntries(THRESHOLD_NAMES.map((name) => [name, field(name)])) as Record<
    ThresholdName,
    ReturnType<typeof field>
  >
}

const CreateAlertRuleInput = builder.inputType('CreateAlertRuleInput', {
  description: 'A new alert rule. A threshold that its kind has no use for is refused.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Unique: 1 to 100 characters.' }),
    kind: t.field({ type: AlertKindEnum, required: true, description: 'What it watches.' }),
    scope: t.field({ type: ScopeInputRef, description: 'What of that; absent: all.' }),
    ...thresholdInputs(t, 'Absent: the default of the kind.'),
    severity: t.field({
      type: AlertSeverityEnum,
      required: true,
      defaultValue: ALERT_SEVERITIES[1],
      description: 'How urgent its alerts are.',
    }),
    channelIds: t.idList({ description: `Where alerts are sent. ${CHANNELS}` }),
    repeatMinutes: t.int({ description: REPEAT }),
    mutedUntil: t.field({ type: 'DateTime', description: MUTED }),
    enabled: t.boolean({ required: true, defaultValue: true, description: 'Whether it is judged.' }),
  }),
})

/** A payload with the rule. */
function rulePayload(name: string, description: string) {
  return resultPayload<RuleView>(name, {
    description,
    fields: (t) => ({
      rule: t.field({
        type: AlertRuleRef,
        nullable: true,
        description: 'The rule as it is now.',
        resolve: resultValue,
      }),
    }),
  })
}

builder.mutationField('createAlertRule', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: rulePayload('CreateAlertRulePayload', 'The new rule.'),
    description: 'Creates an alert rule. Rules are judged every 30 seconds.',
    args: { input: t.arg({ type: CreateAlertRuleInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const scope = scopeOf(input.scope)
      const channels = numbersOf(input.channelIds ?? [], sentRuleChannel)
      if (!scope.ok) return scope
      if (!channels.ok) return channels
      return createRule(context.plane, alertActor(context), {
        name: input.name,
        kind: input.kind,
        scope: scope.value,
        thresholds: input,
        severity: input.severity,
        channels: channels.value,
        repeatMinutes: input.repeatMinutes ?? null,
        mutedUntil: input.mutedUntil ?? null,
        enabled: input.enabled,
      })
    },
  }),
)

const UpdateAlertRuleInput = builder.inputType('UpdateAlertRuleInput', {
  description: 'A field that is absent stays as it is. The kind cannot be changed.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The rule.' }),
    name: t.string({ description: 'Unique: 1 to 100 characters.' }),
    scope: t.field({ type: ScopeInputRef, description: 'The whole scope; null: all.' }),
    ...thresholdInputs(t, 'Null: the default of the kind.'),
    severity: t.field({ type: AlertSeverityEnum, description: 'How urgent its alerts are.' }),
    channelIds: t.idList({ description: `All of its channels. ${CHANNELS}` }),
    repeatMinutes: t.int({ description: REPEAT }),
    mutedUntil: t.field({ type: 'DateTime', description: MUTED }),
    enabled: t.boolean({
      description:
        'Whether it is judged. The open alerts of a rule that is disabled are resolved without a message.',
    }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

builder.mutationField('updateAlertRule', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: rulePayload('UpdateAlertRulePayload', 'The changed rule.'),
    description: 'Changes an alert rule, from the next round on.',
    args: { input: t.arg({ type: UpdateAlertRuleInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const number = sentRule(input.id)
      const scope = input.scope === undefined ? ok(undefined) : scopeOf(input.scope)
      const channels = input.channelIds == null ? ok(undefined) : numbersOf(input.channelIds, sentRuleChannel)
      if (!number.ok) return number
      if (!scope.ok) return scope
      if (!channels.ok) return channels
      return updateRule(context.plane, alertActor(context), {
        number: number.value,
        name: input.name ?? undefined,
        scope: scope.value,
        thresholds: input,
        severity: input.severity ?? undefined,
        channels: channels.value,
        repeatMinutes: input.repeatMinutes,
        mutedUntil: input.mutedUntil,
        enabled: input.enabled ?? undefined,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const MuteAlertRuleInput = builder.inputType('MuteAlertRuleInput', {
  description: 'Which rule to mute, and for how long.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The rule.' }),
    until: t.field({ type: 'DateTime', description: MUTED }),
  }),
})

builder.mutationField('muteAlertRule', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: rulePayload('MuteAlertRulePayload', 'The muted rule.'),
    description:
      'Mutes an alert rule for a while, or no longer. Its alerts are opened and resolved meanwhile; what is still open afterwards is sent.',
    args: { input: t.arg({ type: MuteAlertRuleInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentRule(input.id)
      if (!number.ok) return number
      const result = await updateRule(context.plane, alertActor(context), {
        number: number.value,
        mutedUntil: input.until ?? null,
        expectedVersion: null,
      })
      if (result.ok) return result
      const errors = result.errors.map((error) =>
        error.field === 'mutedUntil'
          ? { ...error, field: 'until', message: error.message.replace('mutedUntil', 'until') }
          : error,
      )
      return { ok: false as const, errors }
    },
  }),
)

const DeleteAlertRuleInput = builder.inputType('DeleteAlertRuleInput', {
  description: 'Which rule to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The rule.' }) }),
})

const DeleteAlertRulePayload = resultPayload<number>('DeleteAlertRulePayload', {
  description: 'The deleted rule.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? alertRuleId(result.value) : null),
    }),
  }),
})

builder.mutationField('deleteAlertRule', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: DeleteAlertRulePayload,
    description:
      'Deletes an alert rule and its alerts, open ones too. Messages that are under way are still sent.',
    args: { input: t.arg({ type: DeleteAlertRuleInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const number = sentRule(input.id)
      return number.ok ? deleteRule(context.plane, alertActor(context), number.value) : number
    },
  }),
)

function sentRule(id: string): Result<number> {
  const number = alertRuleNumber(id)
  if (number !== null) return ok(number)
  return failed('INVALID', 'id', `${quoted(id)} is not the id of an alert rule. Those look like arl_12.`)
}

const sentRuleChannel = (id: string) => sentChannel(id, 'channelIds')

function scopeOf(sent: typeof ScopeInputRef.$inferInput | null | undefined): Result<AlertScope> {
  const { apiKeyIds, ownerIds, label, upstreamIds } = sent ?? {}
  if ([apiKeyIds, ownerIds, label, upstreamIds].filter((part) => part != null).length > 1)
    return failed('INVALID', 'scope', 'scope: name API keys, owners, a label or upstreams, one of these.')
  if (apiKeyIds) {
    const numbers = numbersOf(apiKeyIds, (id) => sentApiKey(id, 'scope.apiKeyIds'))
    return numbers.ok ? ok({ type: 'API_KEYS', apiKeys: numbers.value }) : numbers
  }
  if (ownerIds) {
    const numbers = numbersOf(ownerIds, (id) => sentOwner(id, 'scope.ownerIds'))
    return numbers.ok ? ok({ type: 'OWNERS', owners: numbers.value }) : numbers
  }
  if (label) return ok({ type: 'LABEL', label })
  if (upstreamIds) {
    const wrong = upstreamIds.find((id) => readUpstreamId(id) === null)
    if (wrong !== undefined) {
      const message = `${quoted(wrong)} is not the id of an upstream. Those look like ups_12.`
      return failed('INVALID', 'scope.upstreamIds', message)
    }
    return ok({ type: 'UPSTREAMS', upstreams: [...new Set(upstreamIds)].sort() })
  }
  return ok({ type: 'ALL' })
}

/** The numbers of ids, each once and in order. */
function numbersOf(ids: readonly string[], read: (id: string) => Result<number>): Result<number[]> {
  const numbers: number[] = []
  for (const id of ids) {
    const number = read(id)
    if (!number.ok) return number
    numbers.push(number.value)
  }
  return ok([...new Set(numbers)].sort((a, b) => a - b))
}
