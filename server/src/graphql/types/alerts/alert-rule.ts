// Alert rules.
import { alertRuleId, alertRuleNumber } from '../../../domain/alerts/alert-id.ts'
import { THRESHOLD_NAMES, type ThresholdName } from '../../../domain/alerts/rules/alert-kinds.ts'
import type { AlertScope } from '../../../domain/alerts/rules/alert-scope.ts'
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { channelView } from '../../../services/alerts/channels/channel-row.ts'
import { findRule, findRules } from '../../../services/alerts/find-alerts.ts'
import type { RuleView } from '../../../services/alerts/rules/rule-row.ts'
import { builder, type FieldsOf } from '../../builder.ts'
import type { GraphqlContext } from '../../context.ts'
import { pageSize, readPage } from '../../paging.ts'
import { LabelRef } from '../labels/label.ts'
import { alertPlane } from './alert-access.ts'
import { AlertChannelRef } from './alert-channel.ts'
import { AlertKindEnum, AlertSeverityEnum } from './alert-enums.ts'

/** What each threshold means, for the rule and its inputs. */
export const THRESHOLD_TEXTS: Record<ThresholdName, string> = {
  percent: 'Of BUDGET_SPENT and SPEND_PACE: 1 to 1000. Of ERROR_RATE and DENIAL_RATE: 1 to 100.',
  windowMinutes: 'Of ERROR_RATE and DENIAL_RATE, over how long calls are counted: 1 to 60.',
  minCalls: 'Of ERROR_RATE and DENIAL_RATE, fewer calls are not judged: 1 to 1000000.',
  afterSeconds: 'Of UPSTREAM_DOWN and LEDGER_PROBLEM, for how long it has to be so: 0 to 86400.',
  withinDays: 'Of KEY_EXPIRING: 1 to 365.',
  learnDays:
    'Of NEW_ADDRESS, for how long after the first address of a key others are learned without an alert: 0 to 90.',
  backlogMb: 'Of LEDGER_PROBLEM, how many megabytes of records may wait: 1 to 1000000.',
}

const ScopeRef = builder.objectRef<AlertScope>('AlertScope').implement({
  description: 'What an alert rule watches. All lists empty, and no label: everything.',
  fields: (t) => ({
    apiKeyIds: t.idList({
      description: 'These API keys alone.',
      resolve: (scope) => (scope.type === 'API_KEYS' ? scope.apiKeys.map(apiKeyId) : []),
    }),
    ownerIds: t.idList({
      description: 'The keys of these owners alone, and the budgets that they share.',
      resolve: (scope) => (scope.type === 'OWNERS' ? scope.owners.map(ownerId) : []),
    }),
    label: t.field({
      type: LabelRef,
      nullable: true,
      description: 'The keys with this label alone, and the budgets of limits by this label.',
      resolve: (scope) => (scope.type === 'LABEL' ? scope.label : null),
    }),
    upstreamIds: t.idList({
      description: 'These upstreams alone.',
      resolve: (scope) => (scope.type === 'UPSTREAMS' ? scope.upstreams : []),
    }),
  }),
})

export const AlertRuleRef = builder.objectRef<RuleView>('AlertRule')

builder.node(AlertRuleRef, {
  authScopes: { can: 'alerts:read' },
  id: { resolve: ({ id }) => id, description: '`arl_` and a number.' },
  loadOne: (id, context) => ruleOf(context, id),
  description: 'When alerts are opened, and where they are sent.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique. It stands in each message.' }),
    kind: t.expose('kind', {
      type: AlertKindEnum,
      nullable: true,
      description: 'What it watches; null: a later version of Latchkey knows.',
    }),
    scope: t.expose('scope', { type: ScopeRef, description: 'What of that it watches.' }),
    ...thresholdFields(t),
    severity: t.expose('severity', { type: AlertSeverityEnum, description: 'How urgent its alerts are.' }),
    channels: t.field({
      type: [AlertChannelRef],
      complexity: { field: 5, multiplier: 2 },
      description: 'Where its alerts are sent; empty: they are listed alone.',
      resolve: ({ channels }, _args, { plane }) =>
        channels.map((row) => channelView(row, plane.encryptionKey)),
    }),
    repeatMinutes: t.exposeInt('repeatMinutes', {
      nullable: true,
      description: 'How often an alert that stays open is sent again; null: never.',
    }),
    mutedUntil: t.expose('mutedUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'Until then alerts are opened and resolved, and nothing is sent. What is still open then is sent.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it is judged.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When an admin last changed it.' }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
  }),
})

function ruleOf(context: GraphqlContext, id: string): Promise<RuleView | null> | null {
  const plane = alertPlane(context)
  const number = alertRuleNumber(id)
  return number === null ? null : findRule(plane, number)
}

function thresholdFields(t: FieldsOf<RuleView>) {
  const field = (name: ThresholdName) =>
    t.int({
      nullable: true,
      description: `${THRESHOLD_TEXTS[name]} Null: its kind has none.`,
      resolve: ({ thresholds }) => thresholds[name] ?? null,
    })
  return Object.fromEntries(THRESHOLD_NAMES.map((name) => [name, field(name)])) as Record<
    ThresholdName,
    ReturnType<typeof field>
  >
}

builder.queryField('alertRule', (t) =>
  t.field({
    authScopes: { can: 'alerts:read' },
    type: AlertRuleRef,
    nullable: true,
    description: 'One alert rule; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of an alert rule: `arl_…`.' }) },
    resolve: (_root, { id }, context) => ruleOf(context, id),
  }),
)

builder.queryField('alertRules', (t) =>
  t.connection(
    {
      authScopes: { can: 'alerts:read' },
      type: AlertRuleRef,
      description: 'Alert rules, newest first. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: (_root, args, context) =>
        readPage<RuleView, number>(args, {
          keyOf: alertRuleNumber,
          cursorOf: ({ number }) => alertRuleId(number),
          find: (page) => findRules(alertPlane(context), page),
        }),
    },
    {
      name: 'AlertRuleConnection',
      description: 'A page of alert rules.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are in all. Counted only when the field is selected.',
          resolve: (_page, _args, { plane }) => plane.store.prisma.alertRule.count(),
        }),
      }),
    },
    { name: 'AlertRuleEdge', description: 'An alert rule in a page.' },
  ),
)
