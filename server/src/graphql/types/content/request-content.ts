// What is kept of the content of a call.
import type { RequestShape } from '../../../domain/content/request-shape.ts'
import {
  type CallContent,
  CONTENT_UNAVAILABLE_REASONS,
  type ContentUnavailableReason,
  contentExpiresAtMs,
  contentUnavailableReason,
  readContent,
} from '../../../services/content/read-content.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { RequestLogRef } from '../logs/request-log.ts'

const KeptContentEnum = builder.enumType('KeptContent', {
  description: 'How much of the content of a call is kept.',
  values: describedValues<'CONTENT' | 'METADATA'>(['CONTENT', 'METADATA'], {
    CONTENT: 'The text.',
    METADATA: 'Types, roles and parameters, without text.',
  }),
})

const ContentUnavailableReasonEnum = builder.enumType('ContentUnavailableReason', {
  description: 'Why there is nothing of the content of a call.',
  values: describedValues<ContentUnavailableReason>(CONTENT_UNAVAILABLE_REASONS, {
    CAPTURE_OFF: "The content of the key's calls is not kept, as things are now.",
    EXPIRED: 'The call is older than content is kept.',
    DROPPED: 'There was some, but the disk of the journal refused, and there was no room for it.',
    NOT_REDACTED:
      "There was some, but a redaction pattern took too long over it: what has not been looked through isn't kept.",
    NOT_STORED:
      'The call has none: it was denied before its body was read, was a realtime session, was interrupted by the end of the server, or was made while capture was off; or it was among the oldest when all content took more than its quota.',
  }),
})

const RoleCountRef = builder.objectRef<{ role: string; count: number }>('RoleCount').implement({
  description: 'How many messages are of one role.',
  fields: (t) => ({
    role: t.exposeString('role', { description: 'system, user, assistant …; `other` for what is none.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
})

const ParameterRef = builder.objectRef<{ name: string; value: string }>('RequestParameter').implement({
  description: 'A parameter of a request.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name in the API, such as temperature.' }),
    value: t.exposeString('value', { description: 'Its value, as text.' }),
  }),
})

const RequestShapeRef = builder.objectRef<RequestShape>('RequestShape').implement({
  description: 'The shape of a request to a model, without its text.',
  fields: (t) => ({
    messages: t.exposeInt('messages', {
      nullable: true,
      description: 'Messages, or items of input; null where the request has neither.',
    }),
    roles: t.field({
      type: [RoleCountRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'Messages by role.',
      resolve: ({ roles }) => Object.entries(roles).map(([role, count]) => ({ role, count })),
    }),
    tools: t.exposeStringList('tools', {
      description: 'Names of the tools that the model may call; at most 128.',
    }),
    parameters: t.field({
      type: [ParameterRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'Parameters that are numbers, booleans or one of a few names.',
      resolve: ({ parameters }) =>
        Object.entries(parameters).map(([name, value]) => ({ name, value: String(value) })),
    }),
  }),
})

const RequestContentRef = builder.objectRef<CallContent>('RequestContent').implement({
  authScopes: { can: 'content:read' },
  description: 'What is kept of the content of a call, redacted as the settings say.',
  fields: (t) => ({
    kept: t.field({
      type: KeptContentEnum,
      description: 'How much there is.',
      resolve: ({ kept }) => (kept === 'CONTENT' ? 'CONTENT' : 'METADATA'),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it is removed, unless its request log is removed before.',
      resolve: (content, _args, { plane }) => new Date(contentExpiresAtMs(plane, content)),
    }),
    shape: t.expose('shape', {
      type: RequestShapeRef,
      nullable: true,
      description: 'The shape of the request; null where it is no JSON, or too long to be looked at.',
    }),
    requestType: t.exposeString('requestType', {
      nullable: true,
      description: "The request's content type; null where none was sent.",
    }),
    request: t.exposeString('request', {
      nullable: true,
      description:
        "The request's body as it was sent; null where none is kept: of forms and files, the type.",
    }),
    requestTruncated: t.exposeBoolean('requestTruncated', {
      description: 'True where only the beginning of the request is kept.',
    }),
    responseType: t.exposeString('responseType', {
      nullable: true,
      description: "The response's content type; null where it had none.",
    }),
    response: t.exposeString('response', {
      nullable: true,
      description:
        "The response's body as it was sent, events of a stream included; null where none is kept.",
    }),
    responseTruncated: t.exposeBoolean('responseTruncated', {
      description: 'True where only the beginning of the response is kept.',
    }),
    redactions: t.exposeInt('redactions', { description: 'How many places were redacted.' }),
  }),
})

builder.objectField(RequestLogRef, 'content', (t) =>
  t.field({
    authScopes: { can: 'content:read' },
    type: RequestContentRef,
    nullable: true,
    description:
      'What is kept of its content; null where nothing is: contentUnavailableReason says why. Reading text is audited.',
    // Each may be megabytes: for one log, or two to compare, and for no list of them.
    complexity: 4_000,
    resolve: (log, _args, context) => readContent(context.plane, actorOf(context), log),
  }),
)

builder.objectField(RequestLogRef, 'contentUnavailableReason', (t) =>
  t.field({
    type: ContentUnavailableReasonEnum,
    nullable: true,
    description: 'Why content is null; null where it is not.',
    complexity: 2,
    resolve: async (log, _args, { plane, loadApiKey, loadKept }) => {
      const key = log.apiKeyId === null ? null : loadApiKey(log.apiKeyId)
      return contentUnavailableReason(plane, log, await loadKept(log.id), await key)
    },
  }),
)
