// Upstreams as automation describes them.
import { type EnsuredUpstream, ensureUpstream } from '../../../services/upstreams/ensure-upstream.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { AuthStyleEnum, UpstreamKindEnum, UpstreamRef } from './upstream.ts'

const TIMEOUT = '100 ms at least; null: the default of the server.'

const EnsureCredentialInput = builder.inputType('EnsureUpstreamCredentialInput', {
  description:
    'A credential that the upstream is to have. The same secret, or else the same name, is the same credential.',
  fields: (t) => ({
    secret: t.string({
      required: true,
      description: 'The secret that the upstream expects. It is never shown again.',
    }),
    name: t.string({ description: 'A name for admins, at most 100 characters.' }),
    weight: t.int({
      required: true,
      defaultValue: 1,
      description: 'The weight among the credentials: 1 to 1000.',
    }),
    enabled: t.boolean({ required: true, defaultValue: true, description: 'Whether it may be used.' }),
  }),
})

const EnsureHeaderInput = builder.inputType('EnsureUpstreamHeaderInput', {
  description: 'A header that every request is to carry.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'In any letter case.' }),
    value: t.string({ required: true, description: 'Printable ASCII.' }),
    secret: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Keep the value sealed, and never show it.',
    }),
  }),
})

const EnsureUpstreamInput = builder.inputType('EnsureUpstreamInput', {
  description:
    'What the upstream with this externalId is to be. A field that is absent stays as it is, and is as of any new upstream where there is none; null clears a timeout or the proxy.',
  fields: (t) => ({
    externalId: t.string({
      required: true,
      description: 'What your system calls the upstream: 1 to 128 characters of ASCII without spaces.',
    }),
    name: t.string({
      required: true,
      description: 'Unique: 1 to 64 lower-case letters, digits, ".", "_" or "-".',
    }),
    kind: t.field({ type: UpstreamKindEnum, required: true, description: 'What it is.' }),
    baseUrl: t.string({ description: 'As of createUpstream; absent: as the kind of a new one has it.' }),
    authStyle: t.field({ type: AuthStyleEnum, description: 'Absent: as the kind of a new one has it.' }),
    credentials: t.field({ type: [EnsureCredentialInput], description: 'All of them, at most 50.' }),
    headers: t.field({ type: [EnsureHeaderInput], description: 'All of them, at most 32.' }),
    connectTimeoutMs: t.int({ description: `Until a connection is made. ${TIMEOUT}` }),
    firstByteTimeoutMs: t.int({ description: `Until the response head. ${TIMEOUT}` }),
    idleTimeoutMs: t.int({ description: `Between two chunks of a response. ${TIMEOUT}` }),
    proxyUrl: t.string({ description: 'An HTTP proxy for its connections, http://host:port.' }),
    requestStreamUsage: t.boolean({ description: 'As of createUpstream.' }),
    enabled: t.boolean({ description: 'Whether calls may be sent to it.' }),
  }),
})

const EnsureUpstreamPayload = resultPayload<EnsuredUpstream>('EnsureUpstreamPayload', {
  description: 'The upstream.',
  fields: (t) => ({
    upstream: t.field({
      type: UpstreamRef,
      nullable: true,
      description: 'The upstream as it is now.',
      resolve: (result) => resultValue(result)?.upstream ?? null,
    }),
    created: t.boolean({
      description: 'True where there was no upstream with this externalId.',
      resolve: (result) => resultValue(result)?.created ?? false,
    }),
  }),
})

builder.mutationField('ensureUpstream', (t) =>
  t.field({
    authScopes: { can: 'upstreams:write' },
    type: EnsureUpstreamPayload,
    description:
      'Creates the upstream with this externalId, or changes it to what is described. Doing so twice changes nothing, and of many at once one creates it.',
    args: { input: t.arg({ type: EnsureUpstreamInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) => {
      const { baseUrl, authStyle, requestStreamUsage, enabled, credentials, headers, ...rest } = input
      return ensureUpstream(context.plane, actorOf(context), {
        ...rest,
        baseUrl: baseUrl ?? undefined,
        authStyle: authStyle ?? undefined,
        requestStreamUsage: requestStreamUsage ?? undefined,
        enabled: enabled ?? undefined,
        credentials: credentials?.map(({ name, weight, ...credential }) => ({
          ...credential,
          name: name ?? null,
          weight: weight ?? 1,
          enabled: credential.enabled ?? true,
        })),
        headers: headers?.map(({ secret, ...header }) => ({ ...header, secret: secret ?? false })),
      })
    },
  }),
)
