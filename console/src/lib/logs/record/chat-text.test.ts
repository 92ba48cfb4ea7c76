import { expect, test } from 'vitest'
import { indented, requestMessages, responseMessages } from './chat-text.ts'

test('reads messages of chat completions and of responses', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
  ]
  expect(requestMessages(JSON.stringify({ model: 'm', messages }))).toEqual([
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: 'Hi' },
  ])
  expect(requestMessages('{"input":"Hi"}')).toEqual([{ role: 'user', text: 'Hi' }])
  expect(requestMessages('{"file":1}')).toBeNull()
  expect(requestMessages('no json')).toBeNull()
})

test('joins the events of a stream', () => {
  const event = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
  expect(responseMessages(`${event('Hel')}${event('lo')}data: [DONE]\n\n`)).toEqual([
    { role: 'assistant', text: 'Hello' },
  ])
  expect(responseMessages('<html>')).toBeNull()
})

test('leaves text that is no JSON as it is', () => {
  expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(indented('{"a":')).toBe('{"a":')
})
