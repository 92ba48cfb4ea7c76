// What keys, owners, upstreams and models did in the last hours: one query for all of a page.
import { badInput } from '../../../domain/admin-errors.ts'
import { ACTIVITY_HOURS, type Activity, readActivity } from '../../../services/usage/read-activity.ts'
import { builder } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { createRowLoader } from '../../row-loader.ts'
import { ApiKeyRef } from '../keys/api-key.ts'
import { ModelRef } from '../models/model.ts'
import { OwnerRef } from '../owners/owner.ts'
import { UpstreamRef } from '../upstreams/upstream.ts'

type Kind = Parameters<typeof readActivity>[1]

const ActivityRef = builder.objectRef<Activity>('Activity').implement({
  authScopes: { can: 'usage:read' },
  description:
    'Calls of the last hours. Each list has an entry for each hour of UTC, the oldest first; the last is the present hour, which is not over.',
  fields: (t) => ({
    since: t.field({
      type: 'DateTime',
      description: 'When the first of these hours began.',
      resolve: ({ sinceMs }) => new Date(sinceMs),
    }),
    until: t.field({
      type: 'DateTime',
      description:
        'The present instant: `calls` are those from `since` to here, as `requestLogs` lists them for this range.',
      resolve: ({ untilMs }) => new Date(untilMs),
    }),
    calls: t.exposeInt('calls', { description: 'All calls.' }),
    p95DurationMs: t.exposeFloat('p95DurationMs', {
      nullable: true,
      description: '95 % of the calls took no longer; null: there was none.',
    }),
    successes: t.exposeIntList('successes', { description: 'Calls that succeeded, by the hour.' }),
    denied: t.exposeIntList('denied', { description: 'Calls that were denied, by the hour.' }),
    failures: t.exposeIntList('failures', {
      description: 'Calls that failed or were interrupted, by the hour.',
    }),
    cancelled: t.exposeIntList('cancelled', {
      description: 'Calls that their clients left before the response was complete, by the hour.',
    }),
  }),
})

const hoursArgs = builder.args((t) => ({
  hours: t.int({
    required: true,
    defaultValue: ACTIVITY_HOURS.default,
    description: 'How many hours, with the present one: 1 to 168.',
  }),
}))

// Of each request, by kind and hours. A context is forgotten with its request.
const loaders = new WeakMap<GraphqlContext, Map<string, (value: string) => Promise<Activity | null>>>()

function activityOf(
  context: GraphqlContext,
  kind: Kind,
  value: string,
  hours: number,
): Promise<Activity | null> {
  const { min, max } = ACTIVITY_HOURS
  if (hours < min || hours > max)
    throw badInput('hours', `hours must be from ${min} to ${max}; it is ${hours}.`)
  const known = loaders.get(context) ?? new Map<string, (value: string) => Promise<Activity | null>>()
  loaders.set(context, known)
  const name = `${kind} ${hours}`
  const load =
    known.get(name) ??
    createRowLoader<Activity, string>(
      (values) => readActivity(context.plane, kind, values, hours),
      !context.streams,
    )
  known.set(name, load)
  return load(value)
}

const COMPLEXITY = { field: 3, multiplier: 1 }

builder.objectField(ApiKeyRef, 'activity', (t) =>
  t.field({
    type: ActivityRef,
    nullable: true,
    description: 'Its calls of the last hours.',
    args: hoursArgs,
    complexity: COMPLEXITY,
    resolve: ({ id }, { hours }, context) => activityOf(context, 'KEY_HOUR', String(id), hours),
  }),
)

builder.objectField(OwnerRef, 'activity', (t) =>
  t.field({
    type: ActivityRef,
    nullable: true,
    description: 'The calls of the last hours of the keys that were its own at the time.',
    args: hoursArgs,
    complexity: COMPLEXITY,
    resolve: ({ id }, { hours }, context) => activityOf(context, 'OWNER_HOUR', String(id), hours),
  }),
)

builder.objectField(UpstreamRef, 'activity', (t) =>
  t.field({
    type: ActivityRef,
    nullable: true,
    description:
      'Its calls of the last hours, of all keys; null for whoever may see those of some owners alone.',
    args: hoursArgs,
    complexity: COMPLEXITY,
    resolve: ({ name }, { hours }, context) => ofAllKeys(context, 'UPSTREAM_HOUR', name, hours),
  }),
)

builder.objectField(ModelRef, 'activity', (t) =>
  t.field({
    type: ActivityRef,
    nullable: true,
    description:
      'The calls of the last hours that requested it, of all keys; null for a pattern, whose names have calls of their own, and for whoever may see those of some owners alone.',
    args: hoursArgs,
    complexity: COMPLEXITY,
    resolve: ({ name }, { hours }, context) =>
      name.includes('*') ? null : ofAllKeys(context, 'MODEL_HOUR', name, hours),
  }),
)

function ofAllKeys(
  context: GraphqlContext,
  kind: Kind,
  name: string,
  hours: number,
): Promise<Activity | null> | null {
  return actorOf(context).owners === null ? activityOf(context, kind, name, hours) : null
}
