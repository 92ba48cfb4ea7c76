// Upstreams, their credentials and headers. No secret is a field of any of these types.

import { credentialId } from '../../../domain/upstreams/upstream-id.ts'
import {
  AUTH_STYLES,
  type AuthStyle,
  UPSTREAM_KINDS,
  UPSTREAM_PRESETS,
  type UpstreamKind,
} from '../../../domain/upstreams/upstream-kind.ts'
import {
  countUpstreams,
  findUpstream,
  findUpstreams,
  upstreamOrder,
} from '../../../services/upstreams/find-upstreams.ts'
import {
  type CredentialView,
  type HeaderView,
  UPSTREAM_SOURCES,
  type UpstreamView,
} from '../../../services/upstreams/upstream-row.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { upstreamIdOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { readSearch } from '../../search-text.ts'

const KIND_MEANINGS: Record<UpstreamKind, string> = {
  OPENAI: 'The OpenAI API.',
  GEMINI: "Gemini's OpenAI-compatible API.",
  AZURE_OPENAI: 'A resource of Azure OpenAI, by its v1 API.',
  OPENROUTER: 'OpenRouter.',
  OLLAMA: 'Ollama.',
  VLLM: 'vLLM.',
  GENERIC: 'Anything else that speaks the OpenAI API.',
}

export const UpstreamKindEnum = builder.enumType('UpstreamKind', {
  description: 'The kind of an upstream. It presets the base URL and how a credential is sent.',
  values: describedValues(UPSTREAM_KINDS, KIND_MEANINGS),
})

const AUTH_STYLE_MEANINGS: Record<AuthStyle, string> = {
  BEARER: 'As `Authorization: Bearer …`.',
  API_KEY: 'As `api-key: …`.',
}

export const AuthStyleEnum = builder.enumType('UpstreamAuthStyle', {
  description: 'How an upstream is sent a credential.',
  values: describedValues(AUTH_STYLES, AUTH_STYLE_MEANINGS),
})

const UpstreamSourceEnum = builder.enumType('UpstreamSource', {
  description: 'Where an upstream is set up.',
  values: {
    [UPSTREAM_SOURCES[0]]: { value: UPSTREAM_SOURCES[0], description: 'In Latchkey, by an admin.' },
    [UPSTREAM_SOURCES[1]]: {
      value: UPSTREAM_SOURCES[1],
      description: "In the server's environment, or built in; it cannot be changed here.",
    },
  },
})

const CredentialRef = builder.objectRef<CredentialView>('UpstreamCredential').implement({
  description: 'What an upstream authenticates the gateway by. Its secret can be written, never read.',
  fields: (t) => ({
    id: t.id({
      nullable: true,
      description: '`cred_` and a number; null for one of the environment.',
      resolve: ({ number }) => (number === null ? null : credentialId(number)),
    }),
    name: t.exposeString('name', { nullable: true, description: 'A name for admins.' }),
    lastFour: t.exposeString('lastFour', {
      nullable: true,
      description: "The secret's last four characters; null where it is too short for that.",
    }),
    weight: t.exposeInt('weight', {
      description: 'The weight among the credentials of the upstream: 1 to 1000.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it may be used.' }),
    readable: t.exposeBoolean('readable', {
      description:
        'False where its sealed copy cannot be decrypted, such as under another LATCHKEY_ENCRYPTION_KEY. Send the secret again.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was added; null for one of the environment.',
    }),
  }),
})

const HeaderRef = builder.objectRef<HeaderView>('UpstreamHeader').implement({
  description: 'A header that every request to an upstream carries.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'In lower case.' }),
    value: t.exposeString('value', { nullable: true, description: 'Null where it is secret.' }),
    secret: t.exposeBoolean('secret', { description: 'Whether its value is kept sealed, and never shown.' }),
  }),
})

export const UpstreamRef = builder.objectRef<UpstreamView>('Upstream')

const DEFAULT_TIMEOUT = 'null: the default of the server.'

builder.node(UpstreamRef, {
  authScopes: { can: 'upstreams:read' },
  id: {
    resolve: ({ id }) => id,
    description: '`ups_` and a number, or `ups_env_` and the name for one of the environment.',
  },
  description: 'A provider endpoint that calls are forwarded to.',
  loadOne: (id, { plane }) => findUpstream(plane, id),
  fields: (t) => ({
    source: t.expose('source', { type: UpstreamSourceEnum, description: 'Where it is set up.' }),
    name: t.exposeString('name', { description: 'Unique; logs name it so.' }),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'What another system calls it; null: nothing.',
    }),
    kind: t.expose('kind', { type: UpstreamKindEnum, description: 'What it is.' }),
    baseUrl: t.exposeString('baseUrl', { description: 'Up to and including the version.' }),
    authStyle: t.expose('authStyle', { type: AuthStyleEnum, description: 'How a credential is sent.' }),
    credentials: t.expose('credentials', {
      type: [CredentialRef],
      // In memory already, and few: a page of 100 upstreams may have all its fields.
      complexity: { field: 5, multiplier: 2 },
      description:
        'One that is enabled is sent, chosen by weight. An upstream without any is sent none. An upstream with disabled ones only takes no calls.',
    }),
    headers: t.expose('headers', {
      type: [HeaderRef],
      complexity: { field: 2, multiplier: 2 },
      description: 'Headers that every request carries besides.',
    }),
    connectTimeoutMs: t.exposeInt('connectTimeoutMs', {
      nullable: true,
      description: `How long a connection may take; ${DEFAULT_TIMEOUT}`,
    }),
    firstByteTimeoutMs: t.exposeInt('firstByteTimeoutMs', {
      nullable: true,
      description: `How long the response head may take; ${DEFAULT_TIMEOUT}`,
    }),
    idleTimeoutMs: t.exposeInt('idleTimeoutMs', {
      nullable: true,
      description: `How long a response may pause between two chunks; ${DEFAULT_TIMEOUT}`,
    }),
    proxyUrl: t.exposeString('proxyUrl', {
      nullable: true,
      description:
        'The HTTP proxy of its connections. The proxy resolves the name of the upstream. null: none.',
    }),
    requestStreamUsage: t.exposeBoolean('requestStreamUsage', {
      description:
        'Whether a stream is asked for its usage with `stream_options` where the client does not ask. An upstream that refuses that is asked again without it, and its usage is estimated; false: it is never asked.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether calls may be sent to it.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was set up; null for one of the environment.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When an admin last changed it; null for one of the environment.',
    }),
    version: t.exposeInt('version', {
      nullable: true,
      description:
        'Increases with every change; pass it as expectedVersion. Null for one of the environment.',
    }),
  }),
})

const PresetRef = builder.objectRef<UpstreamKind>('UpstreamPreset').implement({
  description: 'What a kind of upstream fills in.',
  fields: (t) => ({
    kind: t.field({ type: UpstreamKindEnum, description: 'The kind.', resolve: (kind) => kind }),
    baseUrl: t.string({
      nullable: true,
      description: 'Null where every installation has its own.',
      resolve: (kind) => UPSTREAM_PRESETS[kind].baseUrl,
    }),
    authStyle: t.field({
      type: AuthStyleEnum,
      description: 'How a credential is sent.',
      resolve: (kind) => UPSTREAM_PRESETS[kind].authStyle,
    }),
    needsCredential: t.boolean({
      description: 'Whether it refuses calls without a credential.',
      resolve: (kind) => UPSTREAM_PRESETS[kind].needsCredential,
    }),
  }),
})

builder.queryField('upstreamPresets', (t) =>
  t.field({
    authScopes: { can: 'upstreams:read' },
    type: [PresetRef],
    description: 'Every kind of upstream, with what it fills in.',
    resolve: () => UPSTREAM_KINDS,
  }),
)

builder.queryField('upstream', (t) =>
  t.field({
    authScopes: { can: 'upstreams:read' },
    type: UpstreamRef,
    nullable: true,
    description: 'One upstream; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of an upstream: `ups_…`.' }) },
    resolve: (_root, { id }, { plane }) => findUpstream(plane, upstreamIdOf(id, 'id')),
  }),
)

builder.queryField('upstreams', (t) =>
  t.connection(
    {
      authScopes: { can: 'upstreams:read' },
      type: UpstreamRef,
      description:
        'Upstreams, newest first, those of the environment last. first/last: 0 to 100, Default 50.',
      args: {
        search: t.arg.string({
          description: 'Part of the name or the address, in any case; at most 200 characters. Absent: all.',
        }),
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, { plane }) => {
        const search = readSearch(args.search, 'search')
        const page = await readPage<UpstreamView, number>(args, {
          keyOf: (cursor) => upstreamOrder(plane, cursor),
          cursorOf: ({ id }) => id,
          find: (keyset) => findUpstreams(plane, search, keyset),
        })
        return { ...page, search }
      },
    },
    {
      name: 'UpstreamConnection',
      description: 'A page of upstreams.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match in all.',
          resolve: ({ search }, _args, { plane }) => countUpstreams(plane, search),
        }),
      }),
    },
    { name: 'UpstreamEdge', description: 'An upstream in a page.' },
  ),
)
