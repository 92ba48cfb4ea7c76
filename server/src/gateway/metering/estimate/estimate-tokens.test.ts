import { createHash } from 'node:crypto'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { createContentMemory } from '../../capture/content-memory.ts'
import { tokensOf } from './count-tokens.ts'
import { approximateTokensOfCall, estimateTokens, type UnmeteredCall } from './estimate-tokens.ts'
import { keptRequest } from './kept-request.ts'
import { ResponseKeeper } from './response-keeper.ts'
import { StreamKeeper } from './stream-keeper.ts'

const REQUEST = Buffer.from('{"messages":[{"role":"user","content":"Say hello"}]}')
const EVENT = (content: string) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
const WORDS = 'The committee, which met on Tuesday, could not agree; nevertheless, its chairwoman said so. '
const CHINESE = '人工智能正在改变我们的生活方式，许多公司都在使用大型语言模型来提高效率。'
const BASE64 = Buffer.concat(
  Array.from({ length: 1_000 }, (_, index) => createHash('sha512').update(`${index}`).digest()),
).toString('base64')
const LETTERS = 'x'.repeat(1024)

describe.each([
  ['words', WORDS],
  ['Chinese', CHINESE],
  ['base64', BASE64],
  ['one letter', LETTERS],
])('a million characters of %s', (_, sample) => {
  const text = sample.repeat(Math.ceil(1_000_000 / sample.length)).slice(0, 1_000_000)
  // The tokenizer's cost is quadratic in one letter, so not too many of them.
  const some = text.slice(0, 5_000)
  const expected = (countTokens(some) / some.length) * text.length

  test.each([
    ['a stream of words', 5],
    ['a stream of kilobytes', 1_000],
    ['a stream of large events', 64 * 1024],
    ['a stream of one event', 1_000_000],
  ])('in %s are estimated within 4%', (_, eventChars) => {
    const call = streamOf(text, eventChars)
    expect(Math.abs(outputOf(call) - expected)).toBeLessThan(0.04 * expected)
  })

  test('in JSON are estimated within 4%', () => {
    const call = jsonOf({ choices: [{ message: { role: 'assistant', content: text } }] })
    expect(Math.abs(outputOf(call) - expected)).toBeLessThan(0.04 * expected)
  })

  test('in a prompt are estimated within 4%', () => {
    const body = Buffer.from(JSON.stringify({ prompt: text }))
    const call = { ...jsonOf({ choices: [{ text: 'Hi' }] }), request: keptRequest(body) }
    const inputTokens = estimated(call)?.inputTokens ?? 0
    expect(Math.abs(inputTokens - expected)).toBeLessThan(0.04 * expected)
  })

  test.each([5, 1_000, 64 * 1024])('in a stream of %i a piece are approximated within half', (eventChars) => {
    const { outputTokens } = approximateTokensOfCall(streamOf(text, eventChars)) ?? { outputTokens: 0 }
    expect(outputTokens).toBeGreaterThan(0.5 * expected)
    expect(outputTokens).toBeLessThan(1.5 * expected)
  })
})

test('a short call is counted exactly, and approximated to about that', () => {
  const call = streamOf('Hello there, how are you today?', 4)
  expect(estimated(call)).toEqual({ inputTokens: 2, outputTokens: 8 })
  expect(approximateTokensOfCall(call)).toEqual({ inputTokens: 2, outputTokens: expect.any(Number) })
  expect(Math.abs((approximateTokensOfCall(call)?.outputTokens ?? 0) - 8)).toBeLessThanOrEqual(3)
})

test('a stream that ends within an event counts what it holds before', () => {
  const call = streamOf('Hello there', 20, 'data: {"choices":[{"del')
  expect(estimated(call)?.outputTokens).toBe(2)
})

test('events of the Responses API count once, also where the first of them repeats a long request', () => {
  const events = [
    { type: 'response.created', response: { instructions: WORDS.repeat(400), output: [] } },
    { type: 'response.output_text.delta', delta: 'Hello ' },
    { type: 'response.output_text.delta', delta: 'there' },
    { type: 'response.output_text.done', text: 'Hello there' },
    {
      type: 'response.completed',
      response: { output: [{ content: [{ type: 'output_text', text: 'Hello there' }] }] },
    },
  ]
  const call = responseOf(events.map((event) => `data: ${JSON.stringify(event)}\n\n`))
  expect(estimated(call)?.outputTokens).toBe(2)
  expect(approximateTokensOfCall(call)?.outputTokens).toBeGreaterThan(0)
})

test.each([
  ['a stream of another form', responseOf(['data: {"padding":"x"}\n\n'])],
  ['JSON of another form', jsonOf({ padding: 'x' })],
  ['long JSON of another form', jsonOf({ choices: [], padding: 'x'.repeat(8_000_000) })],
])('nothing is estimated of %s', (_, call) => {
  expect(estimated(call)).toBeNull()
  expect(approximateTokensOfCall(call)).toBeNull()
})

test('no estimate takes more steps than one of a megabyte, whatever is sent', () => {
  const megabyte = stepsOf(streamOf(BASE64.repeat(20).slice(0, 1_000_000), 1_000))
  const more = stepsOf(streamOf(BASE64.repeat(100), 64 * 1024))
  expect(more).toBeLessThan(2 * megabyte)
})

function streamOf(text: string, eventChars: number, end = 'data: [DONE]\n\n'): UnmeteredCall {
  const events: string[] = []
  for (let at = 0; at < text.length; at += eventChars) events.push(EVENT(text.slice(at, at + eventChars)))
  return responseOf([...events, end])
}

/** As the events come over a connection: in chunks of at most 64 KB. */
function responseOf(events: string[]): UnmeteredCall {
  const keeper = new StreamKeeper(createContentMemory())
  for (const event of events) addTo(keeper, Buffer.from(event))
  return { request: keptRequest(REQUEST), response: keeper.kept(), isEventStream: true }
}

function jsonOf(body: unknown): UnmeteredCall {
  const keeper = new ResponseKeeper(createContentMemory())
  addTo(keeper, Buffer.from(JSON.stringify(body)))
  return { request: keptRequest(REQUEST), response: keeper.kept(), isEventStream: false }
}

function addTo(keeper: ResponseKeeper | StreamKeeper, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += 64 * 1024) keeper.add(bytes.subarray(at, at + 64 * 1024))
}

function outputOf(call: UnmeteredCall): number {
  return estimated(call)?.outputTokens ?? 0
}

function estimated(call: UnmeteredCall) {
  return run(call).tokens
}

function stepsOf(call: UnmeteredCall): number {
  return run(call).steps
}

function run(call: UnmeteredCall) {
  const estimating = estimateTokens(call, tokensOf)
  for (let steps = 1; ; steps++) {
    const { done, value } = estimating.next()
    if (done) return { tokens: value, steps }
  }
}
