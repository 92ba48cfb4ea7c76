// The record of one call.

import { FORMER_SECRETS, type FormerSecret } from '../../../domain/keys/key-rotation.ts'
import type { CallRecord, Outcome, UsageSource } from '../../../domain/logs/call-record.ts'
import { OUTCOMES, USAGE_SOURCES } from '../../../domain/logs/call-record.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import { storedReceipt } from '../../../domain/pricing/stored-receipt.ts'
import { requestIdTimeMs } from '../../../domain/uuid.ts'
import { findRequestLog } from '../../../services/usage/read-account.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { ApiKeyRef } from '../keys/api-key.ts'
import { ReceiptRef } from '../pricing/receipt.ts'

const OUTCOME_MEANINGS: Record<Outcome, string> = {
  SUCCESS: 'A complete response with a status below 400.',
  ERROR:
    'Admitted, but the upstream or the connection to it failed, or the upstream refused the call, or its key was stopped meanwhile.',
  DENIED: 'Denied by Latchkey: no key, a key that is not active, a rule, or an invalid call.',
  CANCELLED: 'The client disconnected before the end.',
  INTERRUPTED: 'Latchkey stopped before the end.',
}

export const OutcomeEnum = builder.enumType('Outcome', {
  description: 'How a call ended.',
  values: describedValues(OUTCOMES, OUTCOME_MEANINGS),
})

const USAGE_SOURCE_MEANINGS: Record<UsageSource, string> = {
  PROVIDER: 'Reported by the upstream.',
  ESTIMATED: 'Counted by Latchkey, since the upstream did not report it.',
  NONE: 'Unknown: the counts are null.',
}

const UsageSourceEnum = builder.enumType('UsageSource', {
  description: 'Where the token counts come from.',
  values: describedValues(USAGE_SOURCES, USAGE_SOURCE_MEANINGS),
})

const FORMER_SECRET_MEANINGS: Record<FormerSecret, string> = {
  FORMER: 'Replaced by a rotation, and within its grace: admitted.',
  REPLACED: 'Past its grace: denied.',
}

export const FormerSecretEnum = builder.enumType('FormerSecret', {
  description: 'A secret of a key that is not its current one.',
  values: describedValues(FORMER_SECRETS, FORMER_SECRET_MEANINGS),
})

export const RequestLogRef = builder.objectRef<CallRecord>('RequestLog')

builder.node(RequestLogRef, {
  id: { resolve: (log) => log.id, description: "The x-request-id of the call's response." },
  description: 'The request log of one call, whatever its outcome.',
  loadOne: (id, { plane }) => findRequestLog(plane, id),
  fields: (t) => ({
    at: t.field({
      type: 'DateTime',
      description: 'When the call was accepted.',
      resolve: (log) => new Date(requestIdTimeMs(log.id)),
    }),
    outcome: t.expose('outcome', { type: OutcomeEnum, description: 'How the call ended.' }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: "The status of the client's response; null when the client disconnected before it.",
    }),
    errorCode: t.exposeString('errorCode', {
      nullable: true,
      description: 'The error code of the response, if any.',
    }),
    errorMessage: t.exposeString('errorMessage', {
      nullable: true,
      description: 'What went wrong; null when nothing did.',
    }),
    method: t.exposeString('method', { description: 'The HTTP method.' }),
    endpoint: t.exposeString('endpoint', { description: 'The path of the request, without its query.' }),
    streamed: t.exposeBoolean('streamed', {
      description: 'True when the response was a stream of events.',
    }),
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'Null where no known key was sent, and for a key since deleted.',
      resolve: ({ apiKeyId }, _args, { loadApiKey }) => (apiKeyId === null ? null : loadApiKey(apiKeyId)),
    }),
    usedSecret: t.expose('usedSecret', {
      type: FormerSecretEnum,
      nullable: true,
      description: "Which of the key's former secrets was sent; null: its current one, or no known key.",
    }),
    requestedModel: t.exposeString('requestedModel', {
      nullable: true,
      description: 'The requested model.',
    }),
    resolvedModel: t.exposeString('resolvedModel', {
      nullable: true,
      description: "The upstream's name of the model.",
    }),
    upstream: t.exposeString('upstream', {
      nullable: true,
      description: 'The upstream of the response; null when none was called.',
    }),
    upstreamRequestId: t.exposeString('upstreamRequestId', {
      nullable: true,
      description: "The upstream's own id of the call, for its support.",
    }),
    finishReason: t.exposeString('finishReason', { nullable: true, description: 'Why the model stopped.' }),
    closeCode: t.exposeInt('closeCode', {
      nullable: true,
      description: 'How a WebSocket session was closed (RFC 6455 §7.4); null for every other call.',
    }),
    shadowDenials: t.stringList({
      description: 'The error codes of the rules in shadow mode that would have denied it.',
      resolve: ({ shadowDenials }) => shadowDenials?.split(' ') ?? [],
    }),
    usageSource: t.expose('usageSource', {
      type: UsageSourceEnum,
      description: 'Where the token counts come from.',
    }),
    inputTokens: t.exposeInt('inputTokens', { nullable: true, description: 'Tokens sent; null: unknown.' }),
    outputTokens: t.exposeInt('outputTokens', {
      nullable: true,
      description: 'Tokens the model wrote; null: unknown.',
    }),
    cachedInputTokens: t.exposeInt('cachedInputTokens', {
      nullable: true,
      description: 'The part of inputTokens that came from an upstream cache; null: unknown.',
    }),
    reasoningTokens: t.exposeInt('reasoningTokens', {
      nullable: true,
      description: 'The part of outputTokens that was reasoning; null: unknown.',
    }),
    costUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'The exact cost of the call in US dollars; null: not known, which is not free. An estimate where usageSource is ESTIMATED.',
      resolve: ({ costNanoUsd }) => (costNanoUsd === null ? null : usdOf(BigInt(costNanoUsd))),
    }),
    receipt: t.field({
      type: ReceiptRef,
      nullable: true,
      description: 'What the cost was calculated from; null where nothing was charged for.',
      resolve: ({ receipt }) => storedReceipt(receipt),
    }),
    durationMs: t.exposeInt('durationMs', { description: 'From accepting the call to its last byte.' }),
    timeToFirstTokenMs: t.exposeInt('timeToFirstTokenMs', {
      nullable: true,
      description: 'From accepting the call to the first byte of content.',
    }),
    requestBytes: t.expose('requestBytes', { type: 'SafeInt', description: "Bytes of the call's body." }),
    responseBytes: t.expose('responseBytes', {
      type: 'SafeInt',
      description: "Bytes of the response's body.",
    }),
    clientIp: t.exposeString('clientIp', { nullable: true, description: 'Where the call came from.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: "The client's User-Agent." }),
  }),
})
