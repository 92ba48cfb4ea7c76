import { describe, expect, test } from 'vitest'
import { NO_USAGE } from '../../domain/logs/generated/new-record.ts'
import { detailsFrom, factsFrom, mergeFacts, NO_FACTS, usageFrom } from './read-usage.ts'

describe('usage', () => {
  test.for([
    [
      'chat completions',
      {
        prompt_tokens: 10,
        completion_tokens: 20,
        total_tokens: 30,
        prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
      { ...NO_USAGE, inputTokens: 10, outputTokens: 20, cachedInputTokens: 4, reasoningTokens: 5 },
    ],
    [
      'responses',
      {
        input_tokens: 1,
        output_tokens: 2,
        total_tokens: 3,
        input_tokens_details: { cached_tokens: 1 },
        output_tokens_details: { reasoning_tokens: 0 },
      },
      { ...NO_USAGE, inputTokens: 1, outputTokens: 2, cachedInputTokens: 1, reasoningTokens: 0 },
    ],
    [
      'reasoning at the top, as a part of the output',
      { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30, reasoning_tokens: 5 },
      { ...NO_USAGE, inputTokens: 10, outputTokens: 20, reasoningTokens: 5 },
    ],
    [
      'reasoning at the top, beside the output',
      { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30, reasoning_tokens: 5, citation_tokens: 0 },
      { ...NO_USAGE, inputTokens: 10, outputTokens: 25, reasoningTokens: 5 },
    ],
    [
      'realtime sessions',
      {
        input_tokens: 100,
        output_tokens: 30,
        input_token_details: { cached_tokens: 64, audio_tokens: 80 },
        output_token_details: { reasoning_tokens: 3, audio_tokens: 20 },
      },
      { ...NO_USAGE, inputTokens: 100, outputTokens: 30, cachedInputTokens: 64, reasoningTokens: 3 },
    ],
    ['embeddings', { prompt_tokens: 8, total_tokens: 8 }, { ...NO_USAGE, inputTokens: 8 }],
    [
      'images and transcriptions',
      { type: 'tokens', input_tokens: 14, output_tokens: 45, total_tokens: 59 },
      { ...NO_USAGE, inputTokens: 14, outputTokens: 45 },
    ],
    [
      'an explicit nothing',
      { prompt_tokens: 0, completion_tokens: 0 },
      { ...NO_USAGE, inputTokens: 0, outputTokens: 0 },
    ],
    [
      'details that are null',
      {
        prompt_tokens: 1,
        completion_tokens: 2,
        prompt_tokens_details: null,
        completion_tokens_details: null,
      },
      { ...NO_USAGE, inputTokens: 1, outputTokens: 2 },
    ],
    [
      'Anthropic, whose input is counted beside the cache',
      { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 70, cache_creation_input_tokens: 20 },
      {
        ...NO_USAGE,
        inputTokens: 100,
        outputTokens: 5,
        cachedInputTokens: 70,
        cacheWriteInputTokens: 20,
      },
    ],
    [
      'a proxy that has cache writes in the details of its input',
      { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cache_write_tokens: 20 } },
      { ...NO_USAGE, inputTokens: 100, outputTokens: 5, cacheWriteInputTokens: 20 },
    ],
    [
      'a proxy that names those as Anthropic does',
      { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cache_creation_tokens: 20 } },
      { ...NO_USAGE, inputTokens: 100, outputTokens: 5, cacheWriteInputTokens: 20 },
    ],
    [
      'a cache that nothing was written to, which is not unknown',
      { prompt_tokens: 100, completion_tokens: 5, cache_creation_input_tokens: 0 },
      { ...NO_USAGE, inputTokens: 100, outputTokens: 5, cacheWriteInputTokens: 0 },
    ],
    [
      'more cache writes than a row can hold',
      { prompt_tokens: 100, completion_tokens: 5, cache_creation_input_tokens: 2 ** 31 },
      { ...NO_USAGE, inputTokens: 100, outputTokens: 5 },
    ],
    [
      'a proxy that adds those to inclusive counts',
      { prompt_tokens: 100, completion_tokens: 5, cache_read_input_tokens: 70 },
      { ...NO_USAGE, inputTokens: 100, outputTokens: 5, cachedInputTokens: 70 },
    ],
    [
      'DeepSeek',
      { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64 },
      { ...NO_USAGE, inputTokens: 100, outputTokens: 5, cachedInputTokens: 64 },
    ],
    [
      'the largest count a row can hold',
      { prompt_tokens: 2 ** 31 - 1, completion_tokens: 2 ** 31 },
      { ...NO_USAGE, inputTokens: 2 ** 31 - 1 },
    ],
    [
      'one good count beside a bad one',
      { prompt_tokens: 7, completion_tokens: -1 },
      { ...NO_USAGE, inputTokens: 7 },
    ],
  ] as const)('of %s', ([, usage, expected]) => {
    expect(usageFrom(usage)).toEqual(expected)
  })

  test.for([
    null,
    undefined,
    [],
    'usage',
    7,
    {},
    { prompt_tokens: -1, completion_tokens: -5 },
    { prompt_tokens: Number.NaN },
    { prompt_tokens: Number.POSITIVE_INFINITY },
    { prompt_tokens: 1.5 },
    { prompt_tokens: '12' },
    { prompt_tokens: 1e300 },
    { type: 'duration', seconds: 9 },
  ])('is unknown for %j', (value) => {
    expect(usageFrom(value)).toBeNull()
  })
})

describe('details', () => {
  const NOTHING = {
    convention: 'INCLUSIVE',
    cachedAudioTokens: null,
    cachedImageTokens: null,
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    inputAudioTokens: null,
    inputImageTokens: null,
    inputVideoTokens: null,
    outputAudioTokens: null,
    outputImageTokens: null,
    outputVideoTokens: null,
    seconds: null,
    totalTokens: null,
  }

  test.for([
    [
      'audio in and out, without the cached part',
      {
        input_tokens: 100,
        output_tokens: 30,
        input_token_details: {
          cached_tokens: 64,
          audio_tokens: 80,
          cached_tokens_details: { audio_tokens: 60 },
        },
        output_token_details: { audio_tokens: 20 },
      },
      { ...NOTHING, cachedAudioTokens: 60, inputAudioTokens: 20, outputAudioTokens: 20 },
    ],
    [
      'images in and out, without the cached part',
      {
        input_tokens: 100,
        output_tokens: 30,
        input_tokens_details: {
          text_tokens: 10,
          image_tokens: 90,
          cached_tokens: 70,
          cached_tokens_details: { image_tokens: 65 },
        },
        output_tokens_details: { text_tokens: 5, image_tokens: 25 },
      },
      { ...NOTHING, cachedImageTokens: 65, inputImageTokens: 25, outputImageTokens: 25 },
    ],
    [
      'images that all came from a cache',
      {
        input_tokens: 100,
        output_tokens: 0,
        input_tokens_details: {
          image_tokens: 65,
          cached_tokens: 65,
          cached_tokens_details: { image_tokens: 65 },
        },
      },
      { ...NOTHING, cachedImageTokens: 65, inputImageTokens: 0 },
    ],
    [
      'what was written to the cache',
      {
        prompt_tokens: 9,
        completion_tokens: 2,
        total_tokens: 11,
        prompt_tokens_details: { cache_write_tokens: 8 },
      },
      { ...NOTHING, cacheWriteTokens: 8, totalTokens: 11 },
    ],
    [
      'Anthropic',
      { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 0, cache_creation_input_tokens: 7 },
      { ...NOTHING, convention: 'EXCLUSIVE', cacheWriteTokens: 7 },
    ],
    ['a recording', { type: 'duration', seconds: 9.5 }, { ...NOTHING, seconds: 9.5 }],
    [
      'a total with more in it',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 45 },
      { ...NOTHING, totalTokens: 45 },
    ],
  ] as const)('of %s', ([, usage, expected]) => {
    expect(detailsFrom(usage)).toEqual(expected)
  })

  test.for([
    null,
    { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    { prompt_tokens: 9, completion_tokens: 2, prompt_tokens_details: { audio_tokens: 0 } },
    { type: 'duration', seconds: -1 },
    { type: 'duration', seconds: '9' },
  ])('are none in %j', (usage) => {
    expect(detailsFrom(usage)).toBeNull()
  })
})

describe('facts', () => {
  test('of a whole chat response', () => {
    expect(
      factsFrom({
        model: 'gpt-x',
        choices: [{ finish_reason: 'length' }],
        usage: { prompt_tokens: 1, completion_tokens: 2 },
      }),
    ).toEqual({
      ...NO_FACTS,
      model: 'gpt-x',
      finishReason: 'length',
      usage: { ...NO_USAGE, inputTokens: 1, outputTokens: 2 },
    })
  })

  test('of a Responses event, whose response lies inside', () => {
    expect(
      factsFrom({
        type: 'response.completed',
        response: { object: 'response', status: 'completed', usage: { input_tokens: 3, output_tokens: 4 } },
      }),
    ).toMatchObject({ finishReason: 'completed', usage: { inputTokens: 3, outputTokens: 4 } })
  })

  test.for([
    [{ object: 'response', status: 'in_progress' }, null],
    [{ object: 'response', status: 'queued' }, null],
    [{ object: 'response', status: 'failed' }, 'failed'],
    [
      { object: 'response', status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      'max_output_tokens',
    ],
    [{ object: 'batch', status: 'completed' }, null],
    [{ choices: [{ finish_reason: null }, { finish_reason: 'stop' }] }, 'stop'],
    [{ choices: [null, 1, {}] }, null],
    [{ choices: [{ finish_reason: 7 }] }, null],
  ] as const)('the finish reason of %j is %j', ([body, reason]) => {
    expect(factsFrom(body).finishReason).toBe(reason)
  })

  test('how many images there are', () => {
    expect(factsFrom({ data: [{}, {}] }).items).toBe(2)
  })

  test.for([null, 1, 'x', [], undefined])('none in %j', (json) => {
    expect(factsFrom(json)).toEqual(NO_FACTS)
  })

  test('what comes later replaces, silence does not', () => {
    const before = factsFrom({ model: 'a', choices: [{ finish_reason: 'stop' }] })
    const after = factsFrom({ choices: [], usage: { prompt_tokens: 1 } })
    expect(mergeFacts(before, after)).toEqual({
      ...NO_FACTS,
      model: 'a',
      finishReason: 'stop',
      usage: { ...NO_USAGE, inputTokens: 1 },
    })
    expect(mergeFacts(mergeFacts(before, after), NO_FACTS)).toEqual(mergeFacts(before, after))
  })
})

describe('usage in another place', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2 }
  test.for<object>([
    { choices: [{ usage }] },
    { choices: [{ usage: null }, { finish_reason: 'stop', usage }], usage: null },
    { choices: [], usage: {}, x_groq: { id: 'x', usage } },
    { x_groq: { usage }, choices: [{ usage: {} }] },
    { usage, choices: [{ usage: { prompt_tokens: 9 } }], x_groq: { usage: { prompt_tokens: 9 } } },
  ])('%j', (body) => {
    expect(factsFrom(body).usage).toMatchObject({ inputTokens: 3, outputTokens: 2 })
  })

  test.for([
    { choices: [7, null, { usage: 7 }] },
    { x_groq: null },
    { x_groq: { usage: [] } },
    { choices: {} },
  ])('%j is none', (body) => {
    expect(factsFrom(body)).toMatchObject({ usage: null, details: null })
  })

  test('brings its details along', () => {
    const details = {
      prompt_tokens: 3,
      cache_read_input_tokens: 1,
      prompt_tokens_details: { audio_tokens: 2 },
    }
    expect(factsFrom({ choices: [{ usage: details }] }).details).toMatchObject({ inputAudioTokens: 2 })
  })
})

// xAI: https://docs.x.ai/docs/models; what was seen: 10 in, 13 out, 300 of reasoning, 323 in all.
test.for<[string, number, object]>([
  ['on top, as the total says', 313, { completion_tokens: 13, total_tokens: 323 }],
  ['on top of nothing', 300, { completion_tokens: 0, total_tokens: 310 }],
  ['more than all of the output, without a total', 313, { completion_tokens: 13 }],
  ['on top of more, as the total says', 900, { completion_tokens: 600, total_tokens: 910 }],
  ['within', 313, { completion_tokens: 313, total_tokens: 323 }],
  ['within, without a total', 313, { completion_tokens: 313 }],
  ['within, beside what else is in the total', 313, { completion_tokens: 313, total_tokens: 400 }],
  ['all of the output', 300, { completion_tokens: 300, total_tokens: 310 }],
])('output tokens with reasoning %s', ([, outputTokens, counts]) => {
  const value = { prompt_tokens: 10, ...counts, completion_tokens_details: { reasoning_tokens: 300 } }
  expect(usageFrom(value)).toMatchObject({ inputTokens: 10, outputTokens, reasoningTokens: 300 })
  const { completion_tokens: output, ...others } = counts as { completion_tokens: number }
  const inResponses = {
    ...others,
    input_tokens: 10,
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 300 },
  }
  expect(usageFrom(inResponses)).toMatchObject({ outputTokens, reasoningTokens: 300 })
})
