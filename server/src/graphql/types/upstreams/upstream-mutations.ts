// Changing upstreams.
import { upstreamId } from '../../../domain/upstreams/upstream-id.ts'
import type { CredentialInput, HeaderInput } from '../../../domain/upstreams/upstream-input.ts'
import { ok, type Result } from '../../../domain/user-error.ts'
import { createUpstream } from '../../../services/upstreams/create-upstream.ts'
import { deleteUpstream } from '../../../services/upstreams/delete-upstream.ts'
import { updateUpstream } from '../../../services/upstreams/update-upstream.ts'
import type { UpstreamView } from '../../../services/upstreams/upstream-row.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentCredential, sentUpstream } from '../sent-ids.ts'
import { AuthStyleEnum, UpstreamKindEnum, UpstreamRef } from './upstream.ts'

const INPUT = 'The input.'
const EXTERNAL_ID = 'What another system calls it: 1 to 128 characters of ASCII without spaces, unique.'
const TIMEOUT = '100 ms at least; null: the default of the server.'
const STREAM_USAGE =
  'Whether a stream is asked for its usage with `stream_options` where the client does not ask. False: never; its usage is estimated.'
const BASE_URL =
  'http:// or https://, up to and including the version, without user, query or fragment. Metadata and link-local addresses are refused.'

const CredentialInputRef = builder.inputType('UpstreamCredentialInput', {
  description: 'A credential to add or to keep.',
  fields: (t) => ({
    id: t.id({ description: 'An existing credential; absent: a new one.' }),
    secret: t.string({
      description:
        'The secret that the upstream expects; absent: that of `id` stays. It is never shown again.',
    }),
    name: t.string({ description: 'A name for admins, at most 100 characters.' }),
    weight: t.int({
      required: true,
      defaultValue: 1,
      description: 'The weight among the credentials of the upstream: 1 to 1000.',
    }),
    enabled: t.boolean({ required: true, defaultValue: true, description: 'Whether it may be used.' }),
  }),
})

const HeaderInputRef = builder.inputType('UpstreamHeaderInput', {
  description: 'A header that every request carries.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'In any letter case.' }),
    value: t.string({ description: 'Printable ASCII; absent: the current value stays.' }),
    secret: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Keep the value sealed, and never show it.',
    }),
  }),
})

const CreateUpstreamInput = builder.inputType('CreateUpstreamInput', {
  description: 'Fields that the kind presets are optional.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Unique: 1 to 64 lower-case letters, digits, ".", "_" or "-".',
    }),
    externalId: t.string({ description: EXTERNAL_ID }),
    kind: t.field({ type: UpstreamKindEnum, required: true, description: 'What it is.' }),
    baseUrl: t.string({ description: `${BASE_URL} Absent: as the kind has it.` }),
    authStyle: t.field({ type: AuthStyleEnum, description: 'Absent: as the kind has it.' }),
    credentials: t.field({ type: [CredentialInputRef], description: 'At most 50.' }),
    headers: t.field({ type: [HeaderInputRef], description: 'At most 32.' }),
    connectTimeoutMs: t.int({ description: `Until a connection is made. ${TIMEOUT}` }),
    firstByteTimeoutMs: t.int({ description: `Until the response head. ${TIMEOUT}` }),
    idleTimeoutMs: t.int({ description: `Between two chunks of a response. ${TIMEOUT}` }),
    proxyUrl: t.string({ description: 'An HTTP proxy for its connections, http://host:port.' }),
    requestStreamUsage: t.boolean({ required: true, defaultValue: true, description: STREAM_USAGE }),
    enabled: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether calls may be sent to it.',
    }),
  }),
})

const CreateUpstreamPayload = resultPayload<UpstreamView>('CreateUpstreamPayload', {
  description: 'The new upstream.',
  fields: (t) => ({
    upstream: t.field({
      type: UpstreamRef,
      nullable: true,
      description: 'The new upstream.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('createUpstream', (t) =>
  t.field({
    authScopes: { can: 'upstreams:write' },
    type: CreateUpstreamPayload,
    description: 'Creates an upstream. It gets calls once a model has a route to it.',
    args: { input: t.arg({ type: CreateUpstreamInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const credentials = readCredentialInputs(input.credentials ?? [])
      if (!credentials.ok) return credentials
      return createUpstream(context.plane, actorOf(context), {
        name: input.name,
        externalId: input.externalId ?? null,
        kind: input.kind,
        baseUrl: input.baseUrl ?? null,
        authStyle: input.authStyle ?? null,
        credentials: credentials.value,
        headers: readHeaderInputs(input.headers ?? []),
        connectTimeoutMs: input.connectTimeoutMs ?? null,
        firstByteTimeoutMs: input.firstByteTimeoutMs ?? null,
        idleTimeoutMs: input.idleTimeoutMs ?? null,
        proxyUrl: input.proxyUrl ?? null,
        requestStreamUsage: input.requestStreamUsage,
        enabled: input.enabled,
      })
    },
  }),
)

const UpdateUpstreamInput = builder.inputType('UpdateUpstreamInput', {
  description:
    'A field that is absent stays as it is; null clears a timeout or the proxy. A list replaces the whole list. A base URL on another server, or another proxy of an http:// upstream, needs every secret again.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The upstream.' }),
    name: t.string({ description: 'Unique: 1 to 64 lower-case letters, digits, ".", "_" or "-".' }),
    externalId: t.string({ description: `${EXTERNAL_ID} null: nothing.` }),
    kind: t.field({ type: UpstreamKindEnum, description: 'What it is.' }),
    baseUrl: t.string({ description: BASE_URL }),
    authStyle: t.field({ type: AuthStyleEnum, description: 'How a credential is sent.' }),
    credentials: t.field({
      type: [CredentialInputRef],
      description: 'At most 50. A credential that is absent is deleted.',
    }),
    headers: t.field({
      type: [HeaderInputRef],
      description: 'At most 32. A header that is absent is deleted.',
    }),
    connectTimeoutMs: t.int({ description: `Until a connection is made. ${TIMEOUT}` }),
    firstByteTimeoutMs: t.int({ description: `Until the response head. ${TIMEOUT}` }),
    idleTimeoutMs: t.int({ description: `Between two chunks of a response. ${TIMEOUT}` }),
    proxyUrl: t.string({ description: 'An HTTP proxy for its connections, http://host:port.' }),
    requestStreamUsage: t.boolean({ description: STREAM_USAGE }),
    enabled: t.boolean({ description: 'Whether calls may be sent to it.' }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

const UpdateUpstreamPayload = resultPayload<UpstreamView>('UpdateUpstreamPayload', {
  description: 'The changed upstream.',
  fields: (t) => ({
    upstream: t.field({
      type: UpstreamRef,
      nullable: true,
      description: 'The upstream as it is now.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('updateUpstream', (t) =>
  t.field({
    authScopes: { can: 'upstreams:write' },
    type: UpdateUpstreamPayload,
    description: 'Changes an upstream, from its next call on.',
    args: { input: t.arg({ type: UpdateUpstreamInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentUpstream(input.id)
      if (!number.ok) return number
      const credentials = input.credentials ? readCredentialInputs(input.credentials) : undefined
      if (credentials?.ok === false) return credentials
      return updateUpstream(context.plane, actorOf(context), {
        number: number.value,
        name: input.name ?? undefined,
        externalId: input.externalId,
        kind: input.kind ?? undefined,
        baseUrl: input.baseUrl ?? undefined,
        authStyle: input.authStyle ?? undefined,
        credentials: credentials?.value,
        headers: input.headers ? readHeaderInputs(input.headers) : undefined,
        connectTimeoutMs: input.connectTimeoutMs,
        firstByteTimeoutMs: input.firstByteTimeoutMs,
        idleTimeoutMs: input.idleTimeoutMs,
        proxyUrl: input.proxyUrl,
        requestStreamUsage: input.requestStreamUsage ?? undefined,
        enabled: input.enabled ?? undefined,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const DeleteUpstreamInput = builder.inputType('DeleteUpstreamInput', {
  description: 'Which upstream to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The upstream.' }) }),
})

const DeleteUpstreamPayload = resultPayload<number>('DeleteUpstreamPayload', {
  description: 'The deleted upstream.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? upstreamId(result.value) : null),
    }),
  }),
})

builder.mutationField('deleteUpstream', (t) =>
  t.field({
    authScopes: { can: 'upstreams:write' },
    type: DeleteUpstreamPayload,
    description:
      'Deletes the upstream and its credentials. This cannot be undone. IN_USE while a model has a route to it.',
    args: { input: t.arg({ type: DeleteUpstreamInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentUpstream(input.id)
      return number.ok ? deleteUpstream(context.plane, actorOf(context), number.value) : number
    },
  }),
)

function readCredentialInputs(
  sent: readonly (typeof CredentialInputRef.$inferInput)[],
): Result<CredentialInput[]> {
  const read: CredentialInput[] = []
  for (const { id, secret, name, weight = 1, enabled = true } of sent) {
    const number = typeof id === 'string' ? sentCredential(id, 'credentials', 'credentials: ') : ok(null)
    if (!number.ok) return number
    read.push({ number: number.value, secret: secret ?? null, name: name ?? null, weight, enabled })
  }
  return ok(read)
}

function readHeaderInputs(sent: readonly (typeof HeaderInputRef.$inferInput)[]): HeaderInput[] {
  return sent.map(({ name, value, secret = false }) => ({ name, value: value ?? null, secret }))
}
