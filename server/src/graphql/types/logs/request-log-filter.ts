// Which request logs are meant, as queries and the tail take it.
import { badInput } from '../../../domain/admin-errors.ts'
import { isLabelPart, LABELS_MAX, type Label, labelText } from '../../../domain/labels/label.ts'
import { COLUMNS } from '../../../domain/logs/columns.ts'
import { isTag, TAGS_MAX } from '../../../domain/logs/tags.ts'
import { nanoUsdOf } from '../../../domain/pricing/money.ts'
import type { Between } from '../../../services/logs/explore-request-logs.ts'
import type { RequestLogFilter } from '../../../services/usage/read-account.ts'
import { builder } from '../../builder.ts'
import { apiKeyNumberOf, ownerNumberOf } from '../../global-id.ts'
import { DateTimeRangeInput, rangeMs } from '../date-time-range.ts'
import { LabelInput } from '../labels/label.ts'
import { FormerSecretEnum, OutcomeEnum } from './request-log.ts'

const MEMBERS_MAX = 100
const TEXT_MAX = 200
// As long as what is stored of each.
const LENGTHS = {
  model: COLUMNS.requestedModel.filter.maxChars,
  upstream: COLUMNS.upstream.filter.maxChars,
  errorCode: COLUMNS.errorCode.filter.maxChars,
  clientErrorCode: COLUMNS.clientErrorCode.filter.maxChars,
  serviceTier: COLUMNS.serviceTier.filter.maxChars,
  endpoint: COLUMNS.endpoint.filter.maxChars,
  clientIp: COLUMNS.clientIp.filter.maxChars,
}

const IntFilterInput = builder.inputType('IntFilter', {
  description: 'A whole number. All parts must hold.',
  fields: (t) => ({
    eq: t.int({ description: 'This number.' }),
    gte: t.int({ description: 'This number or more.' }),
    lte: t.int({ description: 'This number or less.' }),
  }),
})

const SafeIntFilterInput = builder.inputType('SafeIntFilter', {
  description: 'A range of whole numbers. Both parts must hold.',
  fields: (t) => ({
    gte: t.field({ type: 'SafeInt', description: 'This number or more.' }),
    lte: t.field({ type: 'SafeInt', description: 'This number or less.' }),
  }),
})

const DecimalFilterInput = builder.inputType('DecimalFilter', {
  description: 'A range of decimals. Both parts must hold.',
  fields: (t) => ({
    gte: t.field({ type: 'Decimal', description: 'This number or more.' }),
    lte: t.field({ type: 'Decimal', description: 'This number or less.' }),
  }),
})

export const RequestLogFilterInput = builder.inputType('RequestLogFilter', {
  description:
    'Which calls to list. All parts must hold; an empty list matches nothing. Lists hold at most 100 members. One value of apiKeyId, outcome or model is found at once in any number of logs; for the other parts a page looks at 200,000 logs and then says that there is more.',
  fields: (t) => ({
    apiKeyId: t.idList({ description: 'Made with one of these keys.' }),
    outcome: t.field({ type: [OutcomeEnum], description: 'With one of these outcomes.' }),
    model: t.stringList({ description: 'The requested model, exactly.' }),
    upstream: t.stringList({ description: 'Sent to one of these upstreams.' }),
    httpStatus: t.field({ type: IntFilterInput, description: "The status of the client's response." }),
    errorCode: t.stringList({ description: 'One of these error codes, as errorCode has them.' }),
    clientErrorCode: t.stringList({
      description: 'One of these codes in the error that the client was sent.',
    }),
    serviceTier: t.stringList({ description: 'One of these service tiers, as the response named it.' }),
    endpoint: t.stringList({ description: 'One of these paths, exactly, such as `/v1/chat/completions`.' }),
    clientIp: t.stringList({ description: 'From one of these addresses, exactly.' }),
    usedSecret: t.field({
      type: [FormerSecretEnum],
      description: 'With one of these former secrets of a key: who has not been given the new one yet.',
    }),
    ownerId: t.idList({ description: 'Whose key it was at the time of the call: one of these owners.' }),
    labels: t.field({
      type: [LabelInput],
      description: 'The key had each of these labels at the time of the call; at most 20.',
    }),
    tags: t.stringList({ description: 'Tagged with each of these, as `feature=search`; at most 8.' }),
    at: t.field({ type: DateTimeRangeInput, description: 'When the call was accepted.' }),
    durationMs: t.field({ type: SafeIntFilterInput, description: 'How long the call took.' }),
    totalTokens: t.field({
      type: SafeIntFilterInput,
      description: 'inputTokens and outputTokens together; calls whose usage is unknown do not match.',
    }),
    costUsd: t.field({
      type: DecimalFilterInput,
      description: 'What the call cost, in US dollars; calls whose cost is not known do not match.',
    }),
    streamed: t.boolean({ description: 'Whether the response was a stream of events.' }),
    unpriced: t.boolean({
      description: 'Whether the call was metered and its cost is not known, as unpricedCalls counts.',
    }),
    text: t.string({
      description:
        "Part of the error message, the error code, the upstream's request id or the request id, in any letter case, at most 200 characters. Without at.from it is looked for in 24 hours: see searchedFrom. A whole request id is found whenever it was.",
    }),
  }),
})
export type FilterInput = typeof RequestLogFilterInput.$inferInput

/** The filter as the services take it. Throws BAD_USER_INPUT naming the part at fault. */
export function readFilter(sent: FilterInput | null | undefined): RequestLogFilter {
  if (!sent) return {}
  const { apiKeyId, outcome, model, upstream, errorCode, clientErrorCode, serviceTier, endpoint, clientIp } =
    sent
  for (const [name, members] of Object.entries({
    apiKeyId,
    outcome,
    ownerId: sent.ownerId,
    usedSecret: sent.usedSecret,
    model,
    upstream,
    errorCode,
    clientErrorCode,
    serviceTier,
    endpoint,
    clientIp,
  })) {
    if (members && members.length > MEMBERS_MAX) {
      throw badInput(`filter.${name}`, `filter.${name} may have at most ${MEMBERS_MAX} members.`)
    }
  }
  for (const [name, length] of Object.entries(LENGTHS)) {
    const members = sent[name as keyof typeof LENGTHS]
    if (members?.every((text) => isPlain(text, length)) ?? true) continue
    throw badInput(
      `filter.${name}`,
      `filter.${name}: a member is plain text of at most ${length} characters.`,
    )
  }
  const { fromMs, toMs } = rangeMs(sent.at, 'filter.at')
  return {
    apiKeyIds: apiKeyId?.map((id) => apiKeyNumberOf(id, 'filter.apiKeyId')),
    outcomes: outcome ?? undefined,
    models: model ?? undefined,
    upstreams: upstream ?? undefined,
    errorCodes: errorCode ?? undefined,
    clientErrorCodes: clientErrorCode ?? undefined,
    serviceTiers: serviceTier ?? undefined,
    endpoints: endpoint ?? undefined,
    clientIps: clientIp ?? undefined,
    usedSecrets: sent.usedSecret ?? undefined,
    ownerIds: sent.ownerId?.map((id) => ownerNumberOf(id, 'filter.ownerId')),
    labels: labelsOf(sent.labels),
    tags: tagsOf(sent.tags),
    httpStatus: between(sent.httpStatus, 'filter.httpStatus'),
    durationMs: between(sent.durationMs, 'filter.durationMs'),
    totalTokens: between(sent.totalTokens, 'filter.totalTokens'),
    costNanoUsd: between(nanoUsdIn(sent.costUsd), 'filter.costUsd'),
    streamed: sent.streamed ?? undefined,
    unpriced: sent.unpriced ?? undefined,
    text: textOf(sent.text),
    fromMs: fromMs ?? undefined,
    toMs: toMs ?? undefined,
  }
}

function labelsOf(sent: readonly Label[] | null | undefined): string[] | undefined {
  if (!sent) return undefined
  const isValid = sent.every(({ name, value }) => isLabelPart(name) && isLabelPart(value))
  if (isValid && sent.length <= LABELS_MAX) return sent.map(labelText)
  throw badInput(
    'filter.labels',
    `filter.labels: at most ${LABELS_MAX} labels, each with a name and a value.`,
  )
}

function tagsOf(sent: readonly string[] | null | undefined): string[] | undefined {
  if (!sent) return undefined
  if (sent.length <= TAGS_MAX && sent.every(isTag)) return [...sent]
  throw badInput('filter.tags', `filter.tags: at most ${TAGS_MAX} tags, each as feature=search.`)
}

function nanoUsdIn(sent: { gte?: string | null; lte?: string | null } | null | undefined): Bounds | null {
  if (!sent) return null
  const read = (part: 'gte' | 'lte') => {
    const text = sent[part] ?? null
    const nanoUsd = text === null ? null : nanoUsdOf(text.trim())
    if (nanoUsd !== null && nanoUsd <= Number.MAX_SAFE_INTEGER) return Number(nanoUsd)
    if (text === null) return null
    throw badInput(
      `filter.costUsd.${part}`,
      `filter.costUsd.${part} must be an amount in US dollars such as "0.25", with at most 9 decimals.`,
    )
  }
  return { gte: read('gte'), lte: read('lte') }
}

type Bounds = { eq?: number | null; gte?: number | null; lte?: number | null }

function between(sent: Bounds | null | undefined, param: string): Between | undefined {
  if (!sent) return undefined
  const { eq, gte, lte } = sent
  if (typeof gte === 'number' && typeof lte === 'number' && gte > lte) {
    throw badInput(param, `${param}.gte is more than ${param}.lte. Swap them.`)
  }
  const lower = [eq, gte].filter((bound) => typeof bound === 'number')
  const upper = [eq, lte].filter((bound) => typeof bound === 'number')
  return {
    ...(lower.length > 0 && { gte: Math.max(...lower) }),
    ...(upper.length > 0 && { lte: Math.min(...upper) }),
  }
}

function textOf(sent: string | null | undefined): string | undefined {
  const text = sent?.trim()
  if (text === undefined || text === '') return undefined
  if (!isPlain(text, TEXT_MAX)) {
    throw badInput('filter.text', `filter.text must be plain text of at most ${TEXT_MAX} characters.`)
  }
  return text
}

function isPlain(text: string, length: number): boolean {
  return text.length <= length && text.isWellFormed() && !/\p{Cc}/u.test(text)
}
