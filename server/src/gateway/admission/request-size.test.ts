import { expect, test } from 'vitest'
import { sizeOf } from './request-size.ts'

const tokensOf = async (body: Buffer, writes = true, modelMax: number | null = null) => {
  const { inputTokens, outputTokens } = await sizeOf(body, writes ? 'TEXT' : 'READING', modelMax, false)
  return inputTokens + outputTokens
}
const size = (fields: object, writes = true) => tokensOf(Buffer.from(JSON.stringify(fields)), writes)

test.for<[object, number]>([
  [{ a: 1 }, 4_096],
  [{ max_tokens: null }, 4_096],
  [{ max_tokens: 10 }, 10],
  [{ max_tokens: 10, max_completion_tokens: 30 }, 30],
  [{ max_output_tokens: 7 }, 7],
  [{ max_tokens: 10, n: 3 }, 30],
  [{ max_tokens: 10, n: 2, best_of: 4 }, 40],
  [{ max_tokens: -1 }, 4_096],
  // Of servers that run models themselves, some go by these alone.
  [{ max_tokens: 10, n_predict: 3_000 }, 3_000],
  [{ max_tokens: 10, n_predict: -1 }, 4_096],
  [{ max_new_tokens: 20, num_predict: 30 }, 30],
  [{ max_tokens: 10, n: 2, n_cmpl: 4 }, 40],
  [{ max_tokens: 10, prompt: 'a, "b"' }, 10],
  [{ max_tokens: 10, prompt: [] }, 10],
  [{ max_tokens: 10, prompt: [1, 2, 3] }, 10],
  [{ max_tokens: 10, prompt: ['a', '[", \\\\', 'c\\"'], n: 2 }, 60],
  [{ max_tokens: 10, prompt: [[1, 2], [3]] }, 20],
  // The Responses API's own.
  [{ max_output_tokens: 10, prompt: { id: 'p', variables: { a: ['b', 'c'] } } }, 10],
])('%j has at most %i output tokens', async ([fields, output]) => {
  const input = Math.ceil(JSON.stringify(fields).length / 4)
  expect(await size(fields)).toBe(input + output)
})

test('a body with a member twice counts the larger', async () => {
  const body = Buffer.from('{"max_tokens":900,"max_tokens":1}')
  expect(await tokensOf(body)).toBe(Math.ceil(body.length / 4) + 900)
})

test('prompts beyond any number are counted, and too many as more than there are', async () => {
  expect(
    (
      await sizeOf(
        Buffer.from(JSON.stringify({ max_tokens: 1, prompt: Array(9_000).fill('') })),
        'TEXT',
        null,
        false,
      )
    ).outputTokens,
  ).toBe(9_000)
  const many = Buffer.from(JSON.stringify({ max_tokens: 1, prompt: Array(200_000).fill('') }))
  expect((await sizeOf(many, 'TEXT', null, false)).outputTokens).toBeGreaterThanOrEqual(200_000)
})

test('what is no number counts as the most there could be', async () => {
  expect(await size({ max_tokens: 'x' })).toBeGreaterThan(1_000_000)
})

test('an image is not counted by its bytes', async () => {
  const image = `data:image/png;base64,${'A'.repeat(400_000)}`
  const pdf = `data:application/pdf;base64,${'A'.repeat(400_000)}`
  const messages = [{ image_url: { url: image } }, { type: 'input_image', image_url: image }]
  expect(await size({ messages, file_data: pdf, max_tokens: 1 })).toBeLessThan(3_200)
  const spaced = Buffer.from(JSON.stringify({ url: image, max_tokens: 1 }, null, 2))
  expect(await tokensOf(spaced)).toBeLessThan(1_100)
  expect(await size({ text: 'A'.repeat(400_000), max_tokens: 1 })).toBeGreaterThan(100_000)
})

test.for([
  { text: `data:image/png;base64,${'A'.repeat(400_000)}` },
  { content: `;base64,${'A'.repeat(400_000)}` },
  { content: `"url":"data:image/png;base64,${'A'.repeat(400_000)}` },
  { url: `;base64,${'A'.repeat(400_000)}` },
  { url: `data:text/plain;base64,${'A'.repeat(400_000)}` },
  { url: `data:image/png;base64,${'words '.repeat(70_000)}` },
  { content: ';base64,'.repeat(4_000_000) },
])('words are counted, whatever stands before them', async (fields) => {
  expect(await size({ ...fields, max_tokens: 1 })).toBeGreaterThan(100_000)
})

test('a call without output tokens counts its input alone', async () => {
  expect(await size({ input: 'abcd' }, false)).toBe(Math.ceil('{"input":"abcd"}'.length / 4))
})

test('where the client sets no bound, the model has one', async () => {
  const body = Buffer.from('{"a":1}')
  expect((await sizeOf(body, 'TEXT', 900, false)).outputTokens).toBe(900)
  expect((await sizeOf(Buffer.from('{"max_tokens":50}'), 'TEXT', 900, false)).outputTokens).toBe(50)
  expect((await sizeOf(Buffer.from('{"max_tokens":5000}'), 'TEXT', 900, false)).outputTokens).toBe(900)
})

test.for([
  ['{}', false],
  ['{"background":false}', false],
  ['{"background":null}', false],
  ['{"background":true}', true],
  ['{"background":false,"background":"yes"}', true],
] as const)('%s is in the background: %s', async ([body, expected]) => {
  expect((await sizeOf(Buffer.from(body), 'TEXT', null, false)).inBackground).toBe(expected)
})
