// Embeddings, moderations and models with OpenAI's SDK.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pair, type Side, startPair } from '../support/clients/direct-and-through.ts'
import { openAi } from '../support/clients/openai-client.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

test.for([
  ['of one text', { input: 'Grüezi' }, 1],
  ['of several texts', { input: ['a', 'b', '日本'], dimensions: 4 }, 3],
  ['of tokens', { input: [[1, 2, 3], [4]] }, 2],
  ['as numbers', { input: 'x', encoding_format: 'float' as const }, 1],
  ['as base64', { input: 'x', encoding_format: 'base64' as const }, 1],
] as const)('embeddings %s', async ([, fields, count]) => {
  const { data } = await pair.same((side) =>
    openAi(side).embeddings.create({ model: 'embed-1', ...structuredClone(fields) } as {
      model: string
      input: string
    }),
  )
  expect(data).toHaveLength(count)
  expect(data[0]?.embedding.length).toBeGreaterThan(3)
})

test.for([
  ['a text', 'a fight', [true]],
  ['several texts', ['peace', 'a fight'], [false, true]],
  ['parts of several kinds', [{ type: 'text' as const, text: 'peace' }], [false]],
] as const)('moderations of %s', async ([, input, flagged]) => {
  const { results } = await pair.same((side) =>
    openAi(side).moderations.create({
      model: 'omni-moderation-latest',
      input: structuredClone(input) as string,
    }),
  )
  expect(results.map((result) => result.flagged)).toEqual(flagged)
})

test('models: the upstream’s own, after the names that stand for the default', async () => {
  const [own, ours] = await Promise.all(
    [pair.direct, pair.through].map(async (side) => openAi(side).models.list()),
  )
  expect(ours?.data.filter(({ owned_by }) => owned_by !== 'latchkey')).toEqual(own?.data)
  for (const { id } of own?.data ?? [])
    expect(strip(await openAi(pair.through).models.retrieve(id))).toEqual(
      strip(await openAi(pair.direct).models.retrieve(id)),
    )
})

test('a model that is not there: the same error as the upstream’s', async () => {
  const [own, ours] = await Promise.all(
    [pair.direct, pair.through].map((side) =>
      openAi(side)
        .models.retrieve('nothing')
        .catch(({ status, code, type, param, message }) => ({ status, code, type, param, message })),
    ),
  )
  expect(ours).toEqual(own)
  expect(ours).toMatchObject({ status: 404, code: 'model_not_found' })
})

test('a fine-tuned model is deleted, another must not be', async () => {
  // It is of the account that every key shares, so a rule about endpoints has to name it.
  const policy = { endpoints: { allow: ['*', '/v1/models/ft:*'] } }
  const { secret } = await makeRuledKey(pair.latchkey, policy)
  const named = (side: Side) => openAi(side === pair.through ? { ...side, apiKey: secret } : side)
  const disconnected = await pair.same((side) => named(side).models.delete('ft:m1:conformance:one:abc'))
  expect(disconnected).toMatchObject({ deleted: true })
  expect(await pair.sameFailure((side) => named(side).models.delete('m1'))).toMatchObject({ status: 403 })
})

function strip({ _request_id: _, ...model }: object & { _request_id?: string | null }) {
  return model
}
