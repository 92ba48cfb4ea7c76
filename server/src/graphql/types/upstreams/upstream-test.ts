// Trying an upstream from the server.
import { credentialNumber } from '../../../domain/upstreams/upstream-id.ts'
import type { UserError } from '../../../domain/user-error.ts'
import {
  listUpstreamModels,
  testUpstream,
  UPSTREAM_TEST_STEPS,
  type UpstreamTestStep,
} from '../../../services/upstreams/test-upstream.ts'
import { builder } from '../../builder.ts'
import { quoted, upstreamIdOf } from '../../global-id.ts'
import { UserErrorRef } from '../user-error.ts'

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
  values: Object.fromEntries(
    UPSTREAM_TEST_STEPS.map((step) => [step, { value: step, description: MEANINGS[step] }]),
  ),
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

type TestPayload = { ok: boolean; steps: UpstreamTestStep[]; models: string[]; userErrors: UserError[] }

const TestUpstreamPayload = builder.objectRef<TestPayload>('TestUpstreamPayload').implement({
  description: 'How far the test came.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'True when it answered a call.' }),
    steps: t.expose('steps', {
      type: [StepRef],
      description: 'The steps that were tried; the last is where it ended.',
    }),
    models: t.exposeStringList('models', { description: 'The models that it lists.' }),
    userErrors: t.expose('userErrors', {
      type: [UserErrorRef],
      description: 'Why nothing was tried; empty when something was.',
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
    resolve: async (_root, { input }, { plane }): Promise<TestPayload> => {
      const sent = input.credentialId ?? null
      const credential = sent === null ? null : credentialNumber(sent)
      if (sent !== null && credential === null) {
        const message = `${quoted(sent)} is not the id of a credential. Those look like cred_12.`
        return failedTest([{ code: 'INVALID', field: 'credentialId', message }])
      }
      const result = await testUpstream(plane, { id: input.id, credential, model: input.model ?? null })
      return result.ok ? { ...result.value, userErrors: [] } : failedTest(result.errors)
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

function failedTest(userErrors: UserError[]): TestPayload {
  return { ok: false, steps: [], models: [], userErrors }
}
