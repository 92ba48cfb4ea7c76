import { expect, test } from 'vitest'
import { indented } from '../../../json-at.ts'
import { requestMessages, responseMessages } from './chat-text.ts'

test('reads messages of chat completions and of responses', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
  ]
  expect(requestMessages(JSON.stringify({ model: 'm', messages }))).toEqual([
    { role: 'system', text: 'Be brief.', written: true },
    { role: 'user', text: 'Hi', written: true },
  ])
  expect(requestMessages('{"input":"Hi"}')).toEqual([{ role: 'user', text: 'Hi', written: true }])
  expect(requestMessages('{"file":1}')).toBeNull()
  expect(requestMessages('no json')).toBeNull()
})

test('joins the events of a stream', () => {
  const event = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
  expect(responseMessages(`${event('Hel')}${event('lo')}data: [DONE]\n\n`)).toEqual([
    { role: 'assistant', text: 'Hello', written: true },
  ])
  expect(responseMessages('<html>')).toBeNull()
})

test('knows what somebody wrote from what is JSON', () => {
  const parts = [{ type: 'text', text: 'See' }, { type: 'image_url' }]
  const messages = [{ role: 'user', content: parts }]
  expect(requestMessages(JSON.stringify({ messages }))).toMatchObject([{ written: false }])
  const calls = { choices: [{ message: { role: 'assistant', content: null, tool_calls: [{ id: 'a' }] } }] }
  expect(responseMessages(JSON.stringify(calls))).toMatchObject([{ role: 'assistant', written: false }])
})

test('leaves text that is no JSON as it is', () => {
  expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(indented('{"a":')).toBe('{"a":')
})
