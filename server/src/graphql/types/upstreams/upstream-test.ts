// Trying an upstream from the server.
import { ok } from '../../../domain/user-error.ts'
import {
  listUpstreamModels,
  testUpstream,
  UPSTREAM_TEST_STEPS,
  type UpstreamTestStep,
} from '../../../services/upstreams/test-upstream.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { upstreamIdOf } from '../../global-id.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentCredential } from '../sent-ids.ts'

// Each sends requests elsewhere: a few in one operation at most.
const COMPLEXITY = 2_000

const MEANINGS: Record<UpstreamTestStep['step'], string> = {
  DNS: 'Its name leads to an address that may be asked.',
  CONNECT: 'A connection can be made.',
  TLS: 'Its certificate is trusted.',
  AUTH: 'It lets the credential in.',
  MODELS: 'It lists its models.',
  CALL: 'It answers a chat of one token.',
}

const StepEnum = builder.enumType('UpstreamTestStepKind', {
  description: 'What is tried, in this order.',
  values: describedValues(UPSTREAM_TEST_STEPS, MEANINGS),
})

const StepRef = builder.objectRef<UpstreamTestStep>('UpstreamTestStep').implement({
  description: 'One step of a test.',
  fields: (t) => ({
    step: t.expose('step', { type: StepEnum, description: 'What was tried.' }),
    ok: t.exposeBoolean('ok', { description: 'Whether it went well.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took.' }),
    message: t.exposeString('message', { description: 'What was found, and how to fix it.' }),
  }),
})

const TestUpstreamInput = builder.inputType('TestUpstreamInput', {
  description: 'Which upstream to try, and with what.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The upstream, as it is saved.' }),
    credentialId: t.id({ description: 'One of its credentials; absent: the first that is enabled.' }),
    model: t.string({
      description:
        "An upstream's name of a model to call; absent: one that a route names, or the first listed.",
    }),
  }),
})

type UpstreamTest = { ok: boolean; steps: UpstreamTestStep[]; models: string[] }

const TestUpstreamPayload = resultPayload<UpstreamTest>('TestUpstreamPayload', {
  description: 'How far the test came.',
  errors: 'Why nothing was tried; empty when something was.',
  fields: (t) => ({
    ok: t.boolean({
      description: 'True when it answered a call.',
      resolve: (result) => resultValue(result)?.ok ?? false,
    }),
    steps: t.field({
      type: [StepRef],
      description: 'The steps that were tried; the last is where it ended.',
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
    type: TestUpstreamPayload,
    complexity: COMPLEXITY,
    description:
      'Tries an upstream step by step: name, connection, certificate, credential, models, and one tiny call. Takes half a minute at most.',
    args: { input: t.arg({ type: TestUpstreamInput, required: true, description: 'What to try.' }) },
    resolve: async (_root, { input }, { plane }) => {
      const sent = input.credentialId ?? null
      const credential = sent === null ? ok(null) : sentCredential(sent, 'credentialId')
      if (!credential.ok) return credential
      return testUpstream(plane, { id: input.id, credential: credential.value, model: input.model ?? null })
    },
  }),
)

const UpstreamModelsRef = builder
  .objectRef<{ models: string[]; problem: string | null }>('UpstreamModels')
  .implement({
    description: 'What an upstream lists.',
    fields: (t) => ({
      models: t.exposeStringList('models', { description: 'The names of its models, in its order.' }),
      problem: t.exposeString('problem', {
        nullable: true,
        description: 'Why there are none, in plain words; null when it gave its list.',
      }),
    }),
  })

builder.queryField('upstreamModels', (t) =>
  t.field({
    type: UpstreamModelsRef,
    nullable: true,
    complexity: COMPLEXITY,
    description: 'The models that an upstream lists, asked for now; null when there is no such upstream.',
    args: { id: t.arg.id({ required: true, description: 'The id of an upstream: `ups_…`.' }) },
    resolve: (_root, { id }, { plane }) => listUpstreamModels(plane, upstreamIdOf(id, 'id')),
  }),
)
