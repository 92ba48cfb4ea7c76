// Alerts, from when they were opened until they were resolved.

import { badInput } from '../../../domain/admin-errors.ts'
import { alertRuleNumber, isAlertId } from '../../../domain/alerts/alert-id.ts'
import { apiKeyNumber } from '../../../domain/keys/api-key-id.ts'
import { type AlertRow, countAlerts, findAlert, findAlerts } from '../../../services/alerts/find-alerts.ts'
import type { RuleView } from '../../../services/alerts/rules/rule-row.ts'
import { builder } from '../../builder.ts'
import { quoted } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { alertPlane } from './alert-access.ts'
import { AlertRuleRef } from './alert-rule.ts'

type Alert = AlertRow & { rule: RuleView }

const AlertRef = builder.objectRef<Alert>('Alert')

builder.node(AlertRef, {
  authScopes: { can: 'alerts:read' },
  id: { resolve: ({ id }) => id, description: '`alt_` and 32 hex digits; sorts by time.' },
  loadOne: (id, context) => findAlert(alertPlane(context), id),
  description: 'That a rule applied to something, from when it began to when it no longer did.',
  fields: (t) => ({
    rule: t.expose('rule', {
      type: AlertRuleRef,
      complexity: { field: 2, multiplier: 1 },
      description: 'The rule that opened it.',
    }),
    target: t.exposeString('target', {
      description:
        'What it is about: the id of an API key, an owner, limits by label or an upstream, or a word such as `calls` or `ledger_journal`.',
    }),
    targetName: t.exposeString('targetLabel', { description: 'Its name when the alert was opened.' }),
    message: t.exposeString('message', { description: 'What was so when it was opened, in plain English.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Of a rule of the kind KEY_EXPIRING: when the key expires, as it is set now; null: it is of another kind, or the key does not expire any more.',
      resolve: async ({ rule, target }, _args, { loadApiKey }) => {
        const number = rule.kind === 'KEY_EXPIRING' ? apiKeyNumber(target) : null
        return number === null ? null : ((await loadApiKey(number))?.expiresAt ?? null)
      },
    }),
    openedAt: t.expose('openedAt', { type: 'DateTime', description: 'When it was opened.' }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was resolved; null: it is open.',
    }),
    notifiedAt: t.expose('notifiedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was last sent, or would have been where its rule has no channel; null: its rule was muted.',
    }),
  }),
})

const AlertFilterInput = builder.inputType('AlertFilter', {
  description: 'Which alerts to list. All parts must hold.',
  fields: (t) => ({
    open: t.boolean({ description: 'True: open ones; false: resolved ones; absent: all.' }),
    ruleId: t.id({ description: 'Of this rule.' }),
  }),
})

builder.queryField('alerts', (t) =>
  t.connection(
    {
      authScopes: { can: 'alerts:read' },
      type: AlertRef,
      description:
        'Alerts, newest first; resolved ones are kept for 90 days. first/last: 0 to 100, Default 50.',
      args: { filter: t.arg({ type: AlertFilterInput, description: 'Which alerts to list; absent: all.' }) },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, context) => {
        const plane = alertPlane(context)
        const { open, ruleId } = args.filter ?? {}
        const filter = { open: open ?? undefined, ruleId: ruleId == null ? undefined : ruleNumber(ruleId) }
        const page = await readPage<Alert, string>(args, {
          keyOf: (cursor) => (isAlertId(cursor) ? cursor : null),
          cursorOf: ({ id }) => id,
          find: (page) => findAlerts(plane, filter, page),
        })
        return { ...page, filter }
      },
    },
    {
      name: 'AlertConnection',
      description: 'A page of alerts.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match in all. Counted only when the field is selected.',
          resolve: ({ filter }, _args, { plane }) => countAlerts(plane, filter),
        }),
      }),
    },
    { name: 'AlertEdge', description: 'An alert in a page.' },
  ),
)

function ruleNumber(id: string): number {
  const number = alertRuleNumber(id)
  if (number === null)
    throw badInput(
      'filter.ruleId',
      `filter.ruleId: ${quoted(id)} is not the id of an alert rule, like arl_12.`,
    )
  return number
}
