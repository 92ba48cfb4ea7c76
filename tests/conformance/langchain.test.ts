// LangChain's package for OpenAI: chat over both of OpenAI's APIs, and embeddings.
import type { AIMessageChunk } from '@langchain/core/messages'
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Pair, type Side, startPair } from '../support/clients/direct-and-through.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const configuration = ({ baseURL, fetch }: Side) => ({ baseURL, fetch, organization: null })
const messages = [new SystemMessage('Be brief.'), new HumanMessage('Grüß dich 👋')]
const said = 'You said “Grüß dich 👋”. 日本 🎉'
const weather = tool(async ({ city, days }) => `${days} sunny days in ${city}`, {
  name: 'weather',
  description: 'The weather of a city.',
  schema: z.object({ city: z.string(), days: z.number().int() }),
})
const Recipe = z.object({
  title: z.string(),
  steps: z.array(z.object({ text: z.string() })),
  vegan: z.boolean(),
})
const recipe = { title: 'Zürich', steps: [{ text: 'Zürich' }, { text: 'Zürich' }], vegan: true }

describe.each([
  ['chat completions', false],
  ['the Responses API', true],
])('ChatOpenAI over %s', (_name, useResponsesApi) => {
  const chat = (side: Side, fields: ConstructorParameters<typeof ChatOpenAI>[0] = {}) =>
    new ChatOpenAI({
      model: 'm1',
      apiKey: side.apiKey,
      configuration: configuration(side),
      useResponsesApi,
      maxRetries: 2,
      ...fields,
    })

  test('invoke: a message with its metadata and usage', async () => {
    const message = await pair.same((side) => chat(side).invoke(messages))
    expect(message.text).toBe(said)
    expect(message.usage_metadata?.total_tokens).toBeGreaterThan(10)
    expect(message.response_metadata).toMatchObject({ model_provider: 'openai' })
  })

  test('stream: chunks in their order, with usage at the end and without any', async () => {
    for (const streamUsage of [true, false]) {
      const chunks = await pair.same(async (side) =>
        Array.fromAsync(await chat(side, { streamUsage }).stream(messages)),
      )
      expect(chunks.map(({ text }) => text).join('')).toBe(said)
      const usage = chunks.reduce((all: AIMessageChunk, one) => all.concat(one)).usage_metadata
      // The Responses API reports it in any case.
      if (streamUsage || useResponsesApi) expect(usage?.input_tokens).toBeGreaterThan(0)
      else expect(usage).toBeUndefined()
    }
  })

  test('batch: several calls side by side', async () => {
    const texts = await pair.same(async (side) =>
      (await chat(side).batch(['one', 'two', 'three'], { maxConcurrency: 2 })).map(({ text }) => text),
    )
    expect(texts).toEqual(['one', 'two', 'three'].map((word) => `You said “${word}”. 日本 🎉`))
  })

  test('tools: called, with outputs, and called in a stream', async () => {
    const [first, last, streamed] = await pair.same(async (side) => {
      const model = chat(side).bindTools([weather])
      const asked = await model.invoke(messages)
      const outputs = await Promise.all(
        (asked.tool_calls ?? []).map(
          async ({ id = '', args }) =>
            new ToolMessage({
              tool_call_id: id,
              content: String(await weather.invoke(args as { city: string; days: number })),
            }),
        ),
      )
      const reported = await model.invoke([...messages, asked, ...outputs])
      const chunks = await Array.fromAsync(await model.stream(messages))
      return [asked, reported, chunks.reduce((all: AIMessageChunk, one) => all.concat(one))] as const
    })
    expect(first.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Zürich', days: 3 } }])
    expect(last.text).toBe('The tools say: 3 sunny days in Zürich')
    expect(streamed.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Zürich', days: 3 } }])
  })

  test.for(['jsonSchema', 'functionCalling'] as const)('withStructuredOutput by %s', async (method) => {
    const responses = await pair.same(async (side) => {
      const model = chat(side).withStructuredOutput(Recipe, { method, name: 'recipe', includeRaw: true })
      const streamed = chat(side).withStructuredOutput(Recipe, { method, name: 'recipe' })
      const { parsed, raw } = await model.invoke(messages)
      // LangChain does not read calls of tools out of a stream of the Responses API.
      if (useResponsesApi && method === 'functionCalling') return { raw, parsed: [parsed] }
      return { raw, parsed: [parsed, (await Array.fromAsync(await streamed.stream(messages))).at(-1)] }
    })
    for (const parsed of responses.parsed) expect(parsed).toEqual(recipe)
  })

  test('a pipeline’s events', async () => {
    const names = await pair.same(async (side) => {
      const heard: string[] = []
      for await (const { event } of chat(side).streamEvents(messages, { version: 'v2' })) heard.push(event)
      return heard
    })
    expect(names[0]).toBe('on_chat_model_start')
    expect(names.at(-1)).toBe('on_chat_model_end')
  })

  test('errors, and retries that succeed', async () => {
    for (const [model, name] of [
      ['missing-model', 'NotFoundError'],
      ['out-of-quota', 'RateLimitError'],
    ] as const) {
      const error = await pair.sameFailure((side) => chat(side, { model, maxRetries: 0 }).invoke(messages))
      expect(error).toMatchObject({ status: model === 'missing-model' ? 404 : 429 })
      expect(String((error as Error).constructor.name)).toContain(name)
    }
    const message = await pair.same((side) => chat(side, { model: 'broken-once' }).invoke(messages))
    expect(message.text).toBe(said)
  })
})

test('an error in the middle of a stream comes after the text before it', async () => {
  const heard = await pair.same(async (side) => {
    const model = new ChatOpenAI({
      model: 'failing-late',
      apiKey: side.apiKey,
      configuration: configuration(side),
      maxRetries: 0,
    })
    const parts: unknown[] = []
    try {
      for await (const { text } of await model.stream(messages)) parts.push(text)
    } catch (error) {
      parts.push(error)
    }
    return parts
  })
  expect(heard.slice(0, -1).join('')).toBe('You said')
  expect(heard.at(-1)).toMatchObject({ type: 'server_error' })
})

test('an upstream that says nothing times out', async () => {
  const error = await pair.sameFailure((side) =>
    new ChatOpenAI({
      model: 'unreachable',
      apiKey: side.apiKey,
      configuration: configuration(side),
      timeout: 1_500,
      maxRetries: 0,
    }).invoke(messages),
  )
  expect(error).toMatchObject({ name: 'TimeoutError' })
})

test('a client that disconnects in the middle of a stream', async () => {
  const error = await pair.sameFailure(async (side) => {
    const controller = new AbortController()
    const model = new ChatOpenAI({
      model: 'stalling',
      apiKey: side.apiKey,
      configuration: configuration(side),
    })
    for await (const { text } of await model.stream(messages, { signal: controller.signal }))
      if (text !== '') controller.abort()
  })
  expect(error).toMatchObject({ name: 'AbortError' })
})

test('reasoning over the Responses API', async () => {
  const message = await pair.same((side) =>
    new ChatOpenAI({
      model: 'o4-mini',
      apiKey: side.apiKey,
      configuration: configuration(side),
      useResponsesApi: true,
      reasoning: { effort: 'low', summary: 'auto' },
    }).invoke(messages),
  )
  expect(message.usage_metadata?.output_token_details?.reasoning).toBe(16)
  expect(JSON.stringify(message.contentBlocks)).toContain('Thinking')
})

test('OpenAI: the older completions', async () => {
  const text = await pair.same((side) =>
    new OpenAI({ model: 'm1', apiKey: side.apiKey, configuration: configuration(side) }).invoke('Once upon'),
  )
  expect(text).toContain('Once upon')
})

test('OpenAIEmbeddings: one text, and many in batches', async () => {
  const [one, many] = await pair.same(async (side) => {
    const embeddings = new OpenAIEmbeddings({
      model: 'embed-1',
      apiKey: side.apiKey,
      configuration: configuration(side),
      batchSize: 2,
      dimensions: 6,
    })
    return [await embeddings.embedQuery('Grüezi'), await embeddings.embedDocuments(['a', 'b', 'c'])] as const
  })
  expect(one).toHaveLength(6)
  expect(many).toHaveLength(3)
})
