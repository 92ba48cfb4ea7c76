import { describe, expect, test } from 'vitest'
import { textGiven, textWritten } from './prompt-text.ts'

const stream = (...events: unknown[]) =>
  `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`

describe('what a model was given', () => {
  test.each([
    [
      'messages',
      {
        messages: [
          { role: 'user', content: 'one' },
          { role: 'assistant', content: [{ type: 'text', text: 'two' }] },
        ],
      },
      'one\ntwo',
    ],
    ['a prompt', { prompt: 'one' }, 'one'],
    ['several inputs', { input: ['one', 'two'] }, 'one\ntwo'],
    ['instructions before an input', { input: 'two', instructions: 'one' }, 'one\ntwo'],
    ['no text', { model: 'm' }, ''],
  ])('as %s', (_, body, text) => {
    expect(textGiven(JSON.stringify(body))).toBe(text)
  })

  test('is nothing where the body is none', () => {
    expect(textGiven('{broken')).toBe('')
    expect(textGiven('[1]')).toBe('')
  })
})

describe('what a model wrote', () => {
  test('in a chat completion, of every choice', () => {
    const reply = {
      choices: [{ message: { role: 'assistant', content: 'one ' } }, { message: { content: 'two' } }],
    }
    expect(textWritten(JSON.stringify(reply), false)).toBe('one two')
  })

  test('in a stream of chunks, cut off in the middle of one', () => {
    const chunks = ['on', 'e'].map((content) => ({ choices: [{ delta: { content } }] }))
    expect(textWritten(`${stream(...chunks)}data: {"choices":[{"del`, true)).toBe('one')
  })

  test('in the arguments of a tool call', () => {
    const delta = {
      tool_calls: [{ index: 0, id: 'call_1', function: { name: 'get', arguments: '{"a":1}' } }],
    }
    expect(textWritten(stream({ choices: [{ delta }] }), true)).toBe('get{"a":1}')
  })

  test('in events of the Responses API, each text once', () => {
    const events = [
      { type: 'response.output_text.delta', delta: 'on' },
      { type: 'response.output_text.delta', delta: 'e' },
      { type: 'response.output_text.done', text: 'one' },
      {
        type: 'response.completed',
        response: { output: [{ content: [{ type: 'output_text', text: 'one' }] }] },
      },
    ]
    expect(textWritten(stream(...events), true)).toBe('one')
  })
})
