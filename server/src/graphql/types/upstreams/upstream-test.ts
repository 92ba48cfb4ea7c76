// Testing an upstream from the server.
import {
  UPSTREAM_TEST_CODES,
  type UpstreamTestCode,
  type UpstreamTestDetail,
} from '../../../domain/upstreams/upstream-test-code.ts'
import { ok } from '../../../domain/user-error.ts'
import {
  listUpstreamModels,
  testUpstream,
  UPSTREAM_TEST_STEPS,
  type UpstreamModels,
  type UpstreamTest,
  type UpstreamTestStep,
} from '../../../services/upstreams/test-upstream.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { upstreamIdOf } from '../../global-id.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentCredential } from '../sent-ids.ts'

// Each sends requests to an upstream: a few in one operation at most.
const COMPLEXITY = 2_000

const MEANINGS: Record<UpstreamTestStep['step'], string> = {
  DNS: 'Its name resolves to an address that is allowed.',
  CONNECT: 'A connection can be made.',
  TLS: 'Its certificate is trusted.',
  AUTH: 'It accepts the credential.',
  MODELS: 'It lists its models.',
  CALL: 'It responds to a chat of one token.',
}

const StepEnum = builder.enumType('UpstreamTestStepKind', {
  description: 'The steps of a test, in their order.',
  values: describedValues(UPSTREAM_TEST_STEPS, MEANINGS),
})

const CodeEnum = builder.enumType('UpstreamTestCode', {
  description: 'What a step found, or why it failed. More may follow.',
  values: describedValues(Object.keys(UPSTREAM_TEST_CODES) as UpstreamTestCode[], UPSTREAM_TEST_CODES),
})

const DetailRef = builder.objectRef<UpstreamTestDetail>('UpstreamTestDetail').implement({
  description: 'The numbers and names of an UpstreamTestCode; null: it has none of this kind.',
  fields: (t) => ({
    host: t.exposeString('host', { nullable: true, description: 'A host, or the address that is refused.' }),
    port: t.exposeInt('port', { nullable: true, description: 'Its port.' }),
    addresses: t.exposeStringList('addresses', {
      nullable: true,
      description: 'The addresses of the host; the first 20.',
    }),
    protocol: t.exposeString('protocol', {
      nullable: true,
      description: 'The version of TLS, such as TLSv1.3.',
    }),
    status: t.exposeInt('status', { nullable: true, description: 'The status of the response.' }),
    models: t.exposeInt('models', { nullable: true, description: 'How many models are listed.' }),
    model: t.exposeString('model', {
      nullable: true,
      description: "The upstream's name of the model that was called.",
    }),
    upstreamMessage: t.exposeString('upstreamMessage', {
      nullable: true,
      description: 'What the upstream says of its error, in its own words: up to 300 characters.',
    }),
    systemError: t.exposeString('systemError', {
      nullable: true,
      description: 'The name that the system has for an UNKNOWN fault, such as EMFILE.',
    }),
  }),
})

const StepRef = builder.objectRef<UpstreamTestStep>('UpstreamTestStep').implement({
  description: 'One step of a test.',
  fields: (t) => ({
    step: t.expose('step', { type: StepEnum, description: 'The step.' }),
    ok: t.exposeBoolean('ok', { description: 'Whether it succeeded.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took.' }),
    code: t.expose('code', { type: CodeEnum, description: 'What it found, or why it failed.' }),
    detail: t.expose('detail', { type: DetailRef, description: 'The numbers and names of the code.' }),
    message: t.exposeString('message', { description: 'The same in English, and how to fix a failure.' }),
  }),
})

const TestUpstreamInput = builder.inputType('TestUpstreamInput', {
  description: 'Which upstream to test, and with what.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The upstream, as it is saved.' }),
    credentialId: t.id({ description: 'One of its credentials; absent: the first that is enabled.' }),
    model: t.string({
      description:
        "An upstream's name of a model to call; absent: one that a route names, or the first listed.",
    }),
  }),
})

const TestUpstreamPayload = resultPayload<UpstreamTest>('TestUpstreamPayload', {
  description: 'The result of the test.',
  errors: 'Why no test was made; empty otherwise.',
  fields: (t) => ({
    ok: t.boolean({
      description: 'True when it has responded to a call.',
      resolve: (result) => resultValue(result)?.ok ?? false,
    }),
    steps: t.field({
      type: [StepRef],
      description: 'The steps that were made; the test ended with the last.',
      resolve: (result) => resultValue(result)?.steps ?? [],
    }),
    models: t.stringList({
      description: 'The models that it lists.',
      resolve: (result) => resultValue(result)?.models ?? [],
    }),
  }),
})

builder.mutationField('testUpstream', (t) =>
  t.field({
    authScopes: { can: 'upstreams:write' },
    type: TestUpstreamPayload,
    complexity: COMPLEXITY,
    description:
      'Tests an upstream step by step: name, connection, certificate, credential, models, and one small call. Takes at most 30 seconds.',
    args: { input: t.arg({ type: TestUpstreamInput, required: true, description: 'What to test.' }) },
    resolve: async (_root, { input }, context) => {
      const sent = input.credentialId ?? null
      const credential = sent === null ? ok(null) : sentCredential(sent, 'credentialId')
      if (!credential.ok) return credential
      const { id, model = null } = input
      return testUpstream(context.plane, actorOf(context), { id, credential: credential.value, model })
    },
  }),
)

const UpstreamModelsRef = builder.objectRef<UpstreamModels>('UpstreamModels').implement({
  description: 'The models that an upstream lists.',
  fields: (t) => ({
    models: t.exposeStringList('models', { description: 'The names of its models, in its order.' }),
    problem: t.string({
      nullable: true,
      description: 'Why there are none, in English; null when the upstream gave its list.',
      resolve: ({ problem }) => problem?.message ?? null,
    }),
    problemCode: t.field({
      type: CodeEnum,
      nullable: true,
      description: 'Why there are none; null when the upstream gave its list.',
      resolve: ({ problem }) => problem?.code ?? null,
    }),
    problemDetail: t.field({
      type: DetailRef,
      nullable: true,
      description: 'The numbers and names of problemCode.',
      resolve: ({ problem }) => problem?.detail ?? null,
    }),
  }),
})

builder.queryField('upstreamModels', (t) =>
  t.field({
    authScopes: { can: 'upstreams:read' },
    type: UpstreamModelsRef,
    nullable: true,
    complexity: COMPLEXITY,
    description: 'The models that an upstream lists, fetched now; null when there is no such upstream.',
    args: { id: t.arg.id({ required: true, description: 'The id of an upstream: `ups_…`.' }) },
    resolve: (_root, { id }, { plane }) => listUpstreamModels(plane, upstreamIdOf(id, 'id')),
  }),
)
