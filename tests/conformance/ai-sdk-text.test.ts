// Text with Vercel's AI SDK: OpenAI's provider (chat and responses) and the one for compatible servers.
import {
  APICallError,
  generateText,
  type LanguageModel,
  Output,
  RetryError,
  stepCountIs,
  streamText,
  tool,
} from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { compatible, openAi } from '../support/clients/ai-sdk-providers.ts'
import { type Pair, type Side, startPair } from '../support/clients/direct-and-through.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const weather = tool({
  description: 'The weather of a city.',
  inputSchema: z.object({ city: z.string(), days: z.number().int() }),
  execute: async ({ city, days }) => `${days} sunny days in ${city}`,
})
const Recipe = z.object({ title: z.string(), steps: z.array(z.object({ text: z.string() })) })
const prompt = 'Grüß dich 👋'

describe.each<[string, (side: Side, model: string) => LanguageModel]>([
  ['@ai-sdk/openai, chat', (side, model) => openAi(side).chat(model)],
  ['@ai-sdk/openai, responses', (side, model) => openAi(side).responses(model)],
  ['@ai-sdk/openai-compatible', (side, model) => compatible(side).chatModel(model)],
])('%s', (_name, modelOf) => {
  const m1 = (side: Side) => modelOf(side, 'm1')

  test('generateText: text, finish reason, usage and the response as the provider read it', async () => {
    const result = await pair.same(async (side) => {
      const { text, finishReason, usage, warnings, providerMetadata, response, request } = await generateText(
        {
          model: m1(side),
          instructions: 'Be brief.',
          prompt,
          temperature: 0.2,
        },
      )
      return {
        text,
        finishReason,
        usage,
        warnings,
        providerMetadata,
        modelId: response.modelId,
        id: response.id,
        timestamp: response.timestamp,
        body: response.body,
        request,
      }
    })
    expect(result).toMatchObject({
      text: 'You said “Grüß dich 👋”. 日本 🎉',
      finishReason: 'stop',
      modelId: 'm1-2026-01-01',
    })
    expect(result.usage.inputTokens).toBeGreaterThan(0)
  })

  test('streamText: every part of the stream, in its order', async () => {
    const { parts, text, usage } = await pair.same(async (side) => {
      const result = streamText({ model: m1(side), prompt, include: { rawChunks: true }, _internal: ids() })
      const all = await Array.fromAsync(result.fullStream)
      return { parts: all.map(untimed), text: await result.text, usage: await result.usage }
    })
    expect(text).toBe('You said “Grüß dich 👋”. 日本 🎉')
    expect(usage.totalTokens).toBeGreaterThan(0)
    expect(parts.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['start', 'text-delta', 'raw', 'finish']),
    )
  })

  test('tools over several steps, at once and streamed', async () => {
    const [whole, streamed] = await pair.same(async (side) => {
      const settings = {
        model: m1(side),
        prompt,
        tools: { weather },
        stopWhen: stepCountIs(3),
        _internal: ids(),
      }
      const one = await generateText(settings)
      const other = streamText(settings)
      await other.consumeStream()
      return [
        { text: one.text, usage: one.totalUsage, steps: one.steps.map(stepOf) },
        { text: await other.text, usage: await other.totalUsage, steps: (await other.steps).map(stepOf) },
      ] as const
    })
    expect(whole.text).toBe('The tools say: 3 sunny days in Zürich')
    expect(whole.steps).toHaveLength(2)
    expect(streamed.text).toBe(whole.text)
    expect(streamed.usage).toEqual(whole.usage)
  })

  test('structured output, at once and as it grows', async () => {
    const [whole, partial] = await pair.same(async (side) => {
      const settings = { model: m1(side), prompt, output: Output.object({ schema: Recipe }) }
      const { output } = await generateText(settings)
      return [output, await Array.fromAsync(streamText(settings).partialOutputStream)] as const
    })
    expect(whole).toEqual({ title: 'Zürich', steps: [{ text: 'Zürich' }, { text: 'Zürich' }] })
    expect(partial.at(-1)).toEqual(whole)
  })

  test('structured output that was truncated', async () => {
    const error = await pair.sameFailure(async (side) => {
      const result = await generateText({
        model: m1(side),
        prompt,
        maxOutputTokens: 2,
        output: Output.object({ schema: Recipe }),
        _internal: ids(),
      })
      return result.output
    })
    expect(error).toMatchObject({ name: expect.stringMatching(/^AI_No(Object|Output)GeneratedError$/) })
  })

  test('a file in the prompt', async () => {
    const text = await pair.same(async (side) => {
      const image = { type: 'file' as const, mediaType: 'image/png', data: Buffer.alloc(100_000, 7) }
      const result = await generateText({
        model: m1(side),
        messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }],
      })
      return result.text
    })
    expect(text).toContain('What is it?')
  })

  test('errors: what is not tried again, and what is', async () => {
    const wrong = await pair.sameFailure((side) =>
      generateText({ model: modelOf(side, 'missing-model'), prompt }),
    )
    expect(wrong).toBeInstanceOf(APICallError)
    expect(wrong).toMatchObject({
      statusCode: 404,
      isRetryable: false,
      data: { error: { code: 'model_not_found' } },
    })
    const limited = await pair.sameFailure((side) =>
      generateText({ model: modelOf(side, 'rate-limited-always'), prompt, maxRetries: 1 }),
    )
    expect(limited).toBeInstanceOf(RetryError)
    const { text } = await pair.same(async (side) => {
      const result = await generateText({ model: modelOf(side, 'rate-limited-twice'), prompt, maxRetries: 2 })
      return { text: result.text }
    })
    expect(text).toContain(prompt)
  })

  test('a failure in a stream', async () => {
    const parts = await pair.same(async (side) => {
      const heard: unknown[] = []
      const result = streamText({
        model: modelOf(side, 'failing-late'),
        prompt,
        maxRetries: 0,
        onError: ({ error }) => {
          heard.push(error)
        },
      })
      for await (const { type } of result.fullStream) heard.push(type)
      return heard
    })
    expect(parts).toContain('error')
  })
})

test('a client that disconnects in the middle of a stream', async () => {
  const types = await pair.same(async (side) => {
    const controller = new AbortController()
    const heard: string[] = []
    const result = streamText({
      model: openAi(side).chat('stalling'),
      prompt,
      abortSignal: controller.signal,
    })
    for await (const { type } of result.fullStream) {
      heard.push(type)
      if (type === 'text-delta') controller.abort()
    }
    return heard
  })
  expect(types.at(-1)).toBe('abort')
})

test('reasoning of the Responses API', async () => {
  const result = await pair.same(async (side) => {
    const { reasoningText, usage } = await generateText({
      model: openAi(side).responses('o4-mini'),
      prompt,
      providerOptions: { openai: { reasoningSummary: 'auto', reasoningEffort: 'low', store: false } },
    })
    return { reasoningText, usage }
  })
  expect(result.reasoningText).toContain('Thinking')
  expect(result.usage.outputTokenDetails.reasoningTokens).toBe(16)
})

/** Ids that are counted, in place of random ones. */
function ids() {
  let count = 0
  return { generateId: () => `id-${++count}`, generateCallId: () => `call-${++count}` }
}

type Step = Awaited<ReturnType<typeof generateText>>['steps'][number]

function stepOf({ content, finishReason, usage, response }: Step) {
  return { content, finishReason, usage, messages: response.messages, id: response.id }
}

/** A part of a stream without how long things took here. */
function untimed<T extends { type: string }>(
  part: T,
): Omit<T, 'performance' | 'stepPerformance'> & { type: string } {
  const { performance: _, stepPerformance: __, ...rest } = part as T & Record<string, unknown>
  return rest as unknown as Omit<T, 'performance' | 'stepPerformance'> & { type: string }
}
