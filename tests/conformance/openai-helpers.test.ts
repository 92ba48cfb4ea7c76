// The helpers of OpenAI's SDK over chat completions: stream(), runTools() and parse().
import type OpenAI from 'openai'
import { LengthFinishReasonError } from 'openai/core/error'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Pair, type Side, startPair } from '../support/clients/direct-and-through.ts'
import { openAi } from '../support/clients/openai-client.ts'
import { chat, clock, saying, weather } from '../support/clients/sdk-chat.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const Recipe = z.object({
  title: z.string(),
  steps: z.array(z.object({ text: z.string(), minutes: z.number() })),
  vegan: z.boolean(),
})

test('stream(): the events of a text, in their order', async () => {
  const heard = await pair.same(async (side) => {
    const events: unknown[] = []
    const stream = openAi(side).chat.completions.stream({ ...chat, stream_options: { include_usage: true } })
    stream
      .on('connect', () => events.push('connect'))
      .on('chunk', (chunk, snapshot) => events.push(['chunk', chunk, structuredClone(snapshot)]))
      .on('content.delta', (event) => events.push(['content.delta', event.delta]))
      .on('content.done', (event) => events.push(['content.done', event.content]))
      .on('message', (message) => events.push(['message', message]))
      .on('totalUsage' as 'end', () => events.push('usage'))
      .on('end', () => events.push('end'))
    events.push(await stream.finalChatCompletion(), await stream.totalUsage())
    return events
  })
  expect(heard[0]).toBe('connect')
  expect(heard).toContainEqual(['content.done', 'You said “Grüß dich 👋”. 日本 🎉'])
})

test('stream(): tool calls whose arguments grow', async () => {
  const heard = await pair.same(async (side) => {
    const events: unknown[] = []
    const stream = openAi(side).chat.completions.stream({ ...chat, tools: [weather, clock] })
    stream
      .on('tool_calls.function.arguments.delta', ({ name, index, arguments_delta }) =>
        events.push([name, index, arguments_delta]),
      )
      .on(
        'tool_calls.function.arguments.done',
        ({ name, index, arguments: text, parsed_arguments: parsed }) =>
          events.push([name, index, text, parsed]),
      )
    await stream.done()
    return events
  })
  expect(heard).toContainEqual(['weather', 0, '{"city":"Zürich","days":3}', { city: 'Zürich', days: 3 }])
  expect(heard.length).toBeGreaterThan(10)
})

test('runTools(): every step up to the response, at once and streamed', async () => {
  const tool = zodFunction({
    name: 'weather',
    parameters: z.object({ city: z.string(), days: z.number().int() }),
    function: ({ city, days }) => `${days} sunny days in ${city}`,
  })
  for (const stream of [false, true]) {
    const [text, steps] = await pair.same(async (side) => {
      const runner = openAi(side).chat.completions.runTools({ ...chat, tools: [tool], stream } as Parameters<
        OpenAI['chat']['completions']['runTools']
      >[0])
      return [await runner.finalContent(), runner.messages, await runner.totalUsage()]
    })
    expect(text).toBe('The tools say: 3 sunny days in Zürich')
    expect(steps).toHaveLength(5)
  }
})

test('parse(): a response that fits a schema, one that refuses, and arguments of tools', async () => {
  const format = zodResponseFormat(Recipe, 'recipe')
  const [parsed, refused, called] = await pair.same((side) =>
    Promise.all([
      openAi(side).chat.completions.parse({ ...chat, response_format: format }),
      openAi(side).chat.completions.parse({ ...saying('refuse'), response_format: format }),
      openAi(side).chat.completions.parse({
        ...chat,
        tools: [zodFunction({ name: 'cook', parameters: Recipe })],
      }),
    ]),
  )
  const recipe = {
    title: 'Zürich',
    steps: [
      { text: 'Zürich', minutes: 1.5 },
      { text: 'Zürich', minutes: 1.5 },
    ],
    vegan: true,
  }
  expect(parsed.choices[0]?.message.parsed).toEqual(recipe)
  expect(refused.choices[0]?.message).toMatchObject({
    refusal: 'I’m sorry, I can’t help with that.',
    parsed: null,
  })
  const [call] = called.choices[0]?.message.tool_calls ?? []
  expect(call).toMatchObject({ function: { parsed_arguments: recipe } })
})

test('stream(): a structured response as it grows', async () => {
  const heard = await pair.same(async (side) => {
    const snapshots: unknown[] = []
    const stream = openAi(side).chat.completions.stream({
      ...chat,
      response_format: zodResponseFormat(Recipe, 'recipe'),
    })
    stream.on('content.delta', ({ parsed }) => snapshots.push(structuredClone(parsed)))
    const final = await stream.finalChatCompletion()
    return [...snapshots, final.choices[0]?.message.parsed]
  })
  expect(heard.at(-1)).toMatchObject({ title: 'Zürich', vegan: true })
})

test('parse() and stream(): a truncated response raises', async () => {
  const abort = { ...chat, max_tokens: 2, response_format: zodResponseFormat(Recipe, 'recipe') }
  for (const call of [
    (side: Side) => openAi(side).chat.completions.parse(abort),
    (side: Side) => openAi(side).chat.completions.stream(abort).finalChatCompletion(),
  ])
    expect(await pair.sameFailure(call)).toBeInstanceOf(LengthFinishReasonError)
})
