import { describe, expect, test } from 'vitest'
import { promptText, textOfPart, unescaped, writtenInLine, writtenText } from './prompt-text.ts'

const stream = (...events: unknown[]) =>
  `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`

const writtenInStream = (text: string) => text.split('\n').map(writtenInLine).join('')

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
    expect(promptText(JSON.stringify(body))).toBe(text)
  })

  test('is nothing where the body is none', () => {
    expect(promptText('{broken')).toBe('')
    expect(promptText('[1]')).toBe('')
  })
})

describe('what a model wrote', () => {
  test('in a chat completion, of every choice', () => {
    const reply = {
      choices: [{ message: { role: 'assistant', content: 'one ' } }, { message: { content: 'two' } }],
    }
    expect(writtenText(JSON.stringify(reply))).toBe('one two')
  })

  test('in a stream of chunks, truncated in the middle of one', () => {
    const chunks = ['on', 'e'].map((content) => ({ choices: [{ delta: { content } }] }))
    expect(writtenInStream(`${stream(...chunks)}data: {"choices":[{"del`)).toBe('one')
  })

  test('in the arguments of a tool call', () => {
    const delta = {
      tool_calls: [{ index: 0, id: 'call_1', function: { name: 'get', arguments: '{"a":1}' } }],
    }
    expect(writtenInStream(stream({ choices: [{ delta }] }))).toBe('get{"a":1}')
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
    expect(writtenInStream(stream(...events))).toBe('one')
  })
})

describe('what a model wrote, in a part of a body', () => {
  test('begins where a text of the model does', () => {
    expect(textOfPart('{"id":"a","choices":[{"message":{"role":"assistant","content":"one tw', false)).toBe(
      'one tw',
    )
    expect(textOfPart('{"choices":[{"delta":{"content":""}},{"delta":{"content":"one', false)).toBe('one')
  })

  test('is all of a part within such a text, and nothing of one in which none begins', () => {
    expect(textOfPart('o three', true)).toBe('o three')
    expect(textOfPart('{"choices":[],"padding":"xxxx', false)).toBe('')
  })

  test('has its escapes undone, but for a truncated one', () => {
    expect(unescaped('one\\ntwo \\"three\\" \\u4eba\\u5de5\\u')).toBe('one\ntwo "three" 人工u')
  })
})
