// Arguments for the methods of OpenAI's SDK: derived from a method's own code, or written where it takes more.
import { toFile, type Uploadable } from 'openai'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { isObject } from '../../openai-upstream/request.ts'
import { OBJECT_ID } from '../../upstreams/recording-upstream.ts'
import type { SdkMethod } from './sdk-methods.ts'

const TEXT = 'Grüß dich 👋 \u2028 "1"'
const QUERY = { limit: 2, after: 'ä b+c&d', order: 'asc', include: ['one', 'two'], metadata: { a: '1' } }
const JSON_BODY = {
  model: 'm1',
  input: TEXT,
  messages: [{ role: 'user', content: TEXT }],
  prompt: TEXT,
  session: { type: 'realtime', model: 'm1' },
  metadata: { purpose: TEXT },
  numbers: [1, 0.1, 1e21, -0.5e-7],
  nothing: null,
  empty: {},
}

const file = (): Promise<Uploadable> =>
  toFile(Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 251)), 'größe “1”.bin')

/** What a form holds. */
async function formBody(): Promise<object> {
  return { model: 'm1', prompt: TEXT, list: ['one', 'two'], nested: { a: TEXT }, file: await file() }
}

const tool = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    parse: JSON.parse,
    function: ({ city }: { city: string }) => `sun in ${city}`,
  },
}
const Recipe = z.object({ title: z.string() })

/** By the name of a method: its arguments where its code does not show them. */
const WRITTEN: Record<string, () => unknown[] | Promise<unknown[]>> = {
  'chat.completions.parse': () => [{ ...JSON_BODY, response_format: zodResponseFormat(Recipe, 'recipe') }],
  'chat.completions.runTools': () => [{ ...JSON_BODY, tools: [tool] }],
  'responses.parse': () => [{ ...JSON_BODY, text: { format: zodTextFormat(Recipe, 'recipe') } }],
  'embeddings.create': () => [{ ...JSON_BODY, input: [TEXT, 'x'] }],
  // Only a fine-tuned model can be deleted.
  'models.delete': () => ['ft:m1:conformance::1'],
  'files.waitForProcessing': () => [OBJECT_ID],
  'vectorStores.files.upload': async () => [OBJECT_ID, await file()],
  'vectorStores.files.uploadAndPoll': async () => [OBJECT_ID, await file()],
  'vectorStores.fileBatches.uploadAndPoll': async () => [OBJECT_ID, { files: [await file()] }],
  'beta.agents.environments.files.prepare': async () => [{ '/workspace/one': await file() }],
  'beta.agents.environments.files.upload': async () => [
    OBJECT_ID,
    { path: '/workspace/one', file: await file() },
  ],
  'beta.agents.sessions.stream': () => [OBJECT_ID, { input: TEXT, idempotencyKey: 'once' }],
  'beta.threads.runs.poll': () => [OBJECT_ID, { thread_id: OBJECT_ID }],
  'beta.threads.runs.submitToolOutputsAndPoll': () => [OBJECT_ID, { thread_id: OBJECT_ID, tool_outputs: [] }],
  'beta.threads.runs.submitToolOutputsStream': () => [OBJECT_ID, { thread_id: OBJECT_ID, tool_outputs: [] }],
}

/** The arguments of a method; a second set where it can also stream. */
export async function argumentsOf({ name, source }: SdkMethod): Promise<unknown[][]> {
  const written = WRITTEN[name]
  const whole = written === undefined ? await derived(source) : await written()
  const streams = /stream: (body|params|query)\??\.stream\b/.test(source)
  return streams
    ? [whole, whole.map((argument) => (isObject(argument) ? { ...argument, stream: true } : argument))]
    : [whole]
}

/** By the names of the parameters and of the members that the method takes out of them. */
async function derived(source: string): Promise<unknown[]> {
  const [, list = ''] = /^(?:async )?[\w$]+\(([^)]*)\) \{/.exec(source) ?? []
  const names = list.split(',').map((parameter) => parameter.split('=', 1)[0]?.trim() ?? '')
  const sent = /ultipart/.test(source) ? await formBody() : JSON_BODY
  const [, taken = ''] = /const \{([^}]*)\} = (?:params|body|query)\b/.exec(source) ?? []
  const members = taken
    .split(',')
    .map((member) => member.split(':', 1)[0]?.trim().replaceAll("'", '') ?? '')
    .filter((member) => member !== '' && !member.startsWith('...'))
  const inPath = Object.fromEntries(
    members.map((member) => [member, member === 'betas' ? ['one=v1', 'two=v2'] : OBJECT_ID]),
  )
  return names
    .filter((parameter) => parameter !== '' && parameter !== 'options')
    .map((parameter) => {
      if (parameter === 'query') return { ...QUERY, ...inPath }
      if (parameter === 'body') return { ...sent, ...inPath }
      if (parameter === 'params') return { ...(/_client\s*\.post\(/.test(source) ? sent : QUERY), ...inPath }
      return OBJECT_ID
    })
}
