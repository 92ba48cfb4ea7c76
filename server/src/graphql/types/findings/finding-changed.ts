// Follows findings.
import { badInput } from '../../../domain/admin-errors.ts'
import type { Changes } from '../../../services/change-queue.ts'
import {
  type FindingChange,
  type FollowedFindings,
  followFindings,
} from '../../../services/findings/follow-findings.ts'
import { builder } from '../../builder.ts'
import { actorOf, requireStream } from '../../context.ts'
import { FindingRef } from './finding.ts'
import { FindingCodeEnum, FindingSeverityEnum } from './finding-enums.ts'

const ID_MAX = 400

const FindingChangeRef = builder.objectRef<FindingChange>('FindingChange').implement({
  description: 'A finding that has begun, changed or ended.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The finding.' }),
    finding: t.expose('finding', {
      type: FindingRef,
      nullable: true,
      description:
        'As it is now, dismissed or not; null: it has ended, or is about a key now that you do not see.',
    }),
  }),
})

const FindingChangedEventRef = builder.objectRef<Changes<FindingChange>>('FindingChangedEvent').implement({
  description: 'Findings that have changed since the last event.',
  fields: (t) => ({
    changes: t.expose('changes', {
      type: [FindingChangeRef],
      description: 'At most 100, each finding once. Empty in the first event, which comes at once.',
      complexity: { field: 5, multiplier: 10 },
    }),
    dropped: t.exposeInt('dropped', {
      description: 'Changes that were left out because the reader was slow: read the list again.',
    }),
  }),
})

const FindingChangeFilterInput = builder.inputType('FindingChangeFilter', {
  description: 'Which findings to follow. All parts must hold.',
  fields: (t) => ({
    code: t.field({ type: [FindingCodeEnum], description: 'One of these codes; absent: any.' }),
    severity: t.field({ type: [FindingSeverityEnum], description: 'One of these severities; absent: any.' }),
    targetId: t.string({
      description: `The id of a key, an upstream or a model: at most ${ID_MAX} characters.`,
    }),
  }),
})

builder.subscriptionField('findingChanged', (t) =>
  t.field({
    authScopes: { can: 'alerts:read' },
    type: FindingChangedEventRef,
    description:
      'Findings as they begin, change, are dismissed and end, some seconds after their cause; of keys, upstreams, models and the installation, as far as the scopes go. The stream completes after 15 minutes, when the server stops, and when the session or token ends or its scopes change: subscribe again, then read the list.',
    args: {
      filter: t.arg({
        type: FindingChangeFilterInput,
        description: 'Which findings to follow; absent: all.',
      }),
    },
    subscribe: (_root, { filter }, context) => {
      requireStream(context)
      return followFindings(context.plane, actorOf(context), readFilter(filter), context.accessHolds)
    },
    resolve: (batch) => batch,
  }),
)

function readFilter(sent: typeof FindingChangeFilterInput.$inferInput | null | undefined): FollowedFindings {
  const { code, severity, targetId } = sent ?? {}
  if (targetId != null && targetId.length > ID_MAX)
    throw badInput('filter.targetId', `filter.targetId has at most ${ID_MAX} characters.`)
  return {
    ...(code != null && { code }),
    ...(severity != null && { severity }),
    ...(targetId != null && { targetId }),
  }
}
