import { expect, test } from 'vitest'
import { NO_USAGE } from '../../domain/logs/generated/new-record.ts'
import { createSessionUsage } from './session-usage.ts'

function totalOf(...events: unknown[]) {
  const usage = createSessionUsage()
  for (const event of events)
    usage.read(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)))
  return usage.sum()
}

const done = (usage: unknown) => ({ type: 'response.done', response: { usage } })

test('usage that is not reported is null, an explicit 0 is 0', () => {
  expect(
    totalOf({ type: 'session.created' }, done(null), '{"type":"response.done"', '"response.done"'),
  ).toBeNull()
  expect(totalOf(done({ input_tokens: 0, output_tokens: 0 }))).toMatchObject({
    inputTokens: 0,
    outputTokens: 0,
  })
})

test('responses and transcriptions add up; what one does not report takes nothing away', () => {
  const sum = totalOf(
    done({ input_tokens: 10, output_tokens: 2, input_token_details: { cached_tokens: 4 } }),
    done({ input_tokens: 5, output_tokens: 1 }),
    {
      type: 'conversation.item.input_audio_transcription.completed',
      usage: { type: 'tokens', input_tokens: 3, output_tokens: 3 },
    },
    {
      type: 'conversation.item.input_audio_transcription.completed',
      usage: { type: 'duration', seconds: 9 },
    },
    // A mention is no such event.
    {
      type: 'response.output_text.done',
      text: 'a "response.done" b',
      response: { usage: { input_tokens: 99 } },
    },
    { type: 'x', note: 'response.done', response: { usage: { input_tokens: 99 } } },
  )
  expect(sum).toEqual({ ...NO_USAGE, inputTokens: 18, outputTokens: 6, cachedInputTokens: 4 })
})

test('a sum stays within what a row holds', () => {
  const most = done({ input_tokens: 2 ** 31 - 1, output_tokens: 1 })
  expect(totalOf(most, most)).toMatchObject({ inputTokens: 2 ** 31 - 1, outputTokens: 2 })
})

test('a live session reports its seconds as a total, and its responses in events', () => {
  const usage = createSessionUsage()
  const read = (event: object) => usage.read(Buffer.from(JSON.stringify(event)))
  expect(read({ type: 'session.usage.updated', usage: { seconds: 3 } })).toBe(true)
  expect(read({ type: 'session.closed', usage: { seconds: 7.5 } })).toBe(true)
  const response = { usage: { input_tokens: 2, output_tokens: 1 } }
  expect(read({ type: 'response.event', event: { type: 'response.created', response } })).toBe(false)
  expect(read({ type: 'response.event', event: { type: 'response.completed', response } })).toBe(true)
  expect(usage.sum()).toMatchObject({ inputTokens: 2, outputTokens: 1 })
  expect(usage.reported().details).toMatchObject({ seconds: 7.5 })
})

test('tools of its responses and text messages of its client add up, each event once', () => {
  const usage = createSessionUsage()
  const counts = { input_tokens: 2, output_tokens: 1 }
  const search = { type: 'web_search_call', action: { type: 'search' } }
  const text = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] }
  const events = [
    { type: 'conversation.item.added', item: text },
    { type: 'conversation.item.done', item: text },
    { type: 'conversation.item.created', item: { ...text, content: [{ type: 'input_audio' }] } },
    { type: 'conversation.item.created', item: { ...text, role: 'system' } },
    { type: 'conversation.item.created', item: text },
    { type: 'response.done', response: { output: [search, { type: 'file_search_call' }], usage: counts } },
    {
      type: 'response.done',
      response: { usage: { ...counts, server_side_tool_usage_details: { x_search_calls: 2 } } },
    },
    {
      type: 'response.event',
      event: { type: 'response.completed', response: { output: [search], usage: counts } },
    },
  ]
  for (const event of events) usage.read(Buffer.from(JSON.stringify(event)))
  expect(usage.reported().tools).toEqual({
    textMessage: 2,
    webSearch: 4,
    fileSearch: 1,
  })
})

test.for([
  [{ type: 'response.done', usage: null }],
  [{ type: 'response.done', response: { text: 'a "usage": {' } }],
  [{ type: 'response.output_audio.delta', delta: 'AAAA' }],
  [{ type: 'response.done', response: { usage: [] } }],
])('%j reports nothing', ([event]) => {
  expect(createSessionUsage().read(Buffer.from(JSON.stringify(event)))).toBe(false)
})

test('usage is owed from the beginning of a response to its end, also where that reports none', () => {
  const usage = createSessionUsage()
  const owedAfter = (event: object) => {
    usage.read(Buffer.from(JSON.stringify(event)))
    return usage.owed()
  }
  expect(usage.owed()).toBe(false)
  expect(owedAfter({ event_id: 'e', type: 'response.created', response: {} })).toBe(true)
  expect(owedAfter({ type: 'response.created' })).toBe(true)
  expect(owedAfter({ type: 'response.output_audio.delta', delta: 'AAAA' })).toBe(true)
  expect(owedAfter({ type: 'response.output_text.done', text: 'x' })).toBe(true)
  expect(owedAfter({ type: 'response.done', response: { usage: null } })).toBe(true)
  expect(owedAfter({ type: 'response.done', response: { usage: { input_tokens: 1 } } })).toBe(false)
  expect(owedAfter({ type: 'response.done' })).toBe(false)
})
