// Findings, and how many there are of each code.
import { badInput } from '../../../domain/admin-errors.ts'
import {
  aboutFinding,
  FINDING_CODES,
  type FindingCode,
  type FindingDetail,
} from '../../../domain/findings/finding.ts'
import {
  type Dismissal,
  type FindingFilter,
  findFindings,
  findingsOfKey,
  type KnownFinding,
} from '../../../services/findings/find-findings.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { pageSize, readPage } from '../../paging.ts'
import { instant } from '../date-time-range.ts'
import { ApiKeyRef } from '../keys/api-key.ts'
import { FindingCodeEnum, FindingSeverityEnum } from './finding-enums.ts'

const ID_MAX = 400

const FindingDetailRef = builder.objectRef<FindingDetail>('FindingDetail').implement({
  description: 'What is known of the cause; null is what does not apply to the code.',
  fields: (t) => ({
    usedPercent: t.exposeInt('usedPercent', {
      nullable: true,
      description: 'How much of the budget is spent.',
    }),
    spentUsd: t.expose('spentUsd', {
      type: 'Decimal',
      nullable: true,
      description: 'What is spent of the budget.',
    }),
    limitUsd: t.expose('limitUsd', { type: 'Decimal', nullable: true, description: 'The budget.' }),
    window: t.exposeString('window', { nullable: true, description: 'The window of the budget.' }),
    errorCode: t.exposeString('errorCode', {
      nullable: true,
      description: 'The error code of most of the calls, or the class of the failure.',
    }),
    calls: t.exposeInt('calls', { nullable: true, description: 'How many calls it is about.' }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it happens, or has happened last.',
      resolve: ({ atMs }) => (atMs === undefined ? null : instant(atMs)),
    }),
    models: t.stringList({
      nullable: true,
      description: 'The models, or patterns of their names.',
      resolve: ({ models }) => models ?? null,
    }),
  }),
})

const DismissalRef = builder.objectRef<Dismissal>('FindingDismissal').implement({
  description: 'Why a finding is not shown.',
  fields: (t) => ({
    reason: t.exposeString('reason', { description: 'As the admin has put it.' }),
    by: t.exposeString('actorName', { description: 'Who dismissed it.' }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: ({ atMs }) => instant(atMs) }),
  }),
})

export const FindingRef = builder.objectRef<KnownFinding>('Finding').implement({
  description: 'Something that an admin may want to mend. It ends with its cause.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The same as long as the cause lasts.' }),
    code: t.expose('code', { type: FindingCodeEnum, description: 'What was found.' }),
    severity: t.field({
      type: FindingSeverityEnum,
      description: 'How much it matters.',
      resolve: ({ code }) => aboutFinding(code).severity,
    }),
    since: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the cause began, or an instant by which it had; null: that is not known.',
      resolve: ({ sinceMs }) => (sinceMs === null ? null : instant(sinceMs)),
    }),
    sinceAtLeast: t.exposeBoolean('sinceAtLeast', {
      description:
        'True: the cause had begun by `since`, and may have begun earlier. False where `since` is null.',
    }),
    message: t.string({
      description: 'The code in plain English.',
      resolve: ({ code }) => aboutFinding(code).meaning,
    }),
    targetType: t.string({
      nullable: true,
      description: 'ApiKey, Upstream or Model; null: the installation.',
      resolve: ({ target }) => target?.type ?? null,
    }),
    targetId: t.string({
      nullable: true,
      description: 'The id of that; of a model that is none of yours, its name.',
      resolve: ({ target }) => target?.id ?? null,
    }),
    targetLabel: t.string({
      nullable: true,
      description: 'Its name.',
      resolve: ({ target }) => target?.label ?? null,
    }),
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key; null where it is not about one.',
      resolve: ({ apiKeyNumber }, _args, { loadApiKey }) =>
        apiKeyNumber === null ? null : loadApiKey(apiKeyNumber),
    }),
    detail: t.expose('detail', { type: FindingDetailRef, description: 'What is known of the cause.' }),
    mutation: t.string({
      nullable: true,
      description: 'The mutation that mends it; null: a setting of the environment does, or another admin.',
      resolve: ({ code }) => aboutFinding(code).mutation,
    }),
    dismissal: t.expose('dismissal', {
      type: DismissalRef,
      nullable: true,
      description: 'Why it is not shown; null: it is.',
    }),
  }),
})

const FindingFilterInput = builder.inputType('FindingFilter', {
  description: 'Which findings to list. All parts must hold.',
  fields: (t) => ({
    code: t.field({ type: [FindingCodeEnum], description: 'One of these codes; absent: any.' }),
    severity: t.field({ type: [FindingSeverityEnum], description: 'One of these severities; absent: any.' }),
    targetId: t.string({ description: 'The id of a key, an upstream or a model.' }),
    dismissed: t.boolean({
      description: 'True: those that are dismissed; false or absent: those that are not.',
    }),
  }),
})

builder.queryField('findings', (t) =>
  t.connection(
    {
      authScopes: { can: 'alerts:read' },
      type: FindingRef,
      description:
        'What an admin may want to mend, the gravest first; of keys, upstreams, models and the installation, as far as the scopes go. Some seconds old. first/last: 0 to 100, Default 50.',
      args: {
        filter: t.arg({
          type: FindingFilterInput,
          description: 'Which findings; absent: all that are not dismissed.',
        }),
      },
      complexity: (args) => ({ field: 20, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, context) => {
        const found = await findFindings(context.plane, actorOf(context), readFilter(args.filter))
        const places = new Map(found.map(({ id }, at) => [id, at]))
        const page = await readPage<KnownFinding, number>(args, {
          keyOf: (cursor) => places.get(cursor) ?? null,
          cursorOf: ({ id }) => id,
          find: async ({ limit, olderThan = -1, newerThan = found.length, oldestFirst }) => {
            const between = found.slice(olderThan + 1, newerThan)
            return oldestFirst === true ? between.slice(-limit) : between.slice(0, limit)
          },
        })
        return { ...page, total: found.length }
      },
    },
    {
      name: 'FindingConnection',
      description: 'A page of findings.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match in all.',
          resolve: (page) => (page as unknown as { total: number }).total,
        }),
      }),
    },
    { name: 'FindingEdge', description: 'A finding in a page.' },
  ),
)

type CodeCount = { code: FindingCode; count: number; dismissed: number }

const FindingCountRef = builder.objectRef<CodeCount>('FindingCount').implement({
  description: 'How many findings there are of a code.',
  fields: (t) => ({
    code: t.expose('code', { type: FindingCodeEnum, description: 'The code.' }),
    severity: t.field({
      type: FindingSeverityEnum,
      description: 'Its severity.',
      resolve: ({ code }) => aboutFinding(code).severity,
    }),
    count: t.exposeInt('count', { description: 'Those that are not dismissed.' }),
    dismissed: t.exposeInt('dismissed', { description: 'Those that are.' }),
  }),
})

builder.queryField('findingCounts', (t) =>
  t.field({
    authScopes: { can: 'alerts:read' },
    type: [FindingCountRef],
    description: 'How many findings there are of each code; a code without any is omitted.',
    complexity: 20,
    resolve: async (_root, _args, context) => {
      const actor = actorOf(context)
      const [shown, dismissed] = await Promise.all(
        [false, true].map((isDismissed) => findFindings(context.plane, actor, { dismissed: isDismissed })),
      )
      const counted = (found: KnownFinding[] | undefined, code: FindingCode) =>
        found?.filter((finding) => finding.code === code).length ?? 0
      return FINDING_CODES.map((code) => ({
        code,
        count: counted(shown, code),
        dismissed: counted(dismissed, code),
      })).filter(({ count, dismissed: hidden }) => count + hidden > 0)
    },
  }),
)

builder.objectField(ApiKeyRef, 'findings', (t) =>
  t.field({
    type: [FindingRef],
    description: 'What was found about this key and is not dismissed. Some seconds old.',
    complexity: { field: 2, multiplier: 1 },
    resolve: (key, _args, context) => findingsOfKey(context.plane, actorOf(context), key.id),
  }),
)

function readFilter(sent: typeof FindingFilterInput.$inferInput | null | undefined): FindingFilter {
  const { code, severity, targetId, dismissed } = sent ?? {}
  if (targetId != null && targetId.length > ID_MAX)
    throw badInput('filter.targetId', `filter.targetId has at most ${ID_MAX} characters.`)
  return {
    ...(code != null && { code }),
    ...(severity != null && { severity }),
    ...(targetId != null && { targetId }),
    ...(dismissed != null && { dismissed }),
  }
}
