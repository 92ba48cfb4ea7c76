import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requestShape, requestShapeOf } from './request-shape.ts'

test('a chat request', () => {
  const shape = requestShape({
    model: 'gpt-4o',
    temperature: 0.2,
    stream: true,
    response_format: { type: 'json_schema', json_schema: { name: 'private' } },
    tool_choice: { type: 'function', function: { name: 'private' } },
    stop: ['private'],
    user: 'private',
    messages: [
      { role: 'system', content: 'private' },
      { role: 'user', content: [{ type: 'text', text: 'private' }] },
      { role: 'user', content: 'private' },
      { role: 'private', content: 'private' },
    ],
    tools: [
      { type: 'function', function: { name: 'look_up', description: 'private' } },
      { type: 'web_search' },
      { type: 'function', function: { name: 'no name, but words' } },
    ],
  })
  expect(shape).toEqual({
    messages: 4,
    roles: { system: 1, user: 2, other: 1 },
    tools: ['look_up', 'web_search'],
    parameters: {
      model: 'gpt-4o',
      stream: true,
      temperature: 0.2,
      tool_choice: 'function',
      response_format: 'json_schema',
    },
  })
  expect(JSON.stringify(shape)).not.toContain('private')
})

test.for([
  [{ input: 'words' }, 1],
  [{ input: ['a', 'b'] }, 2],
  [{ input: [{ role: 'user', content: 'words' }, { type: 'function_call_output' }] }, 2],
  [{ prompt: 'words' }, 1],
  [{}, null],
] as const)('%j has as many messages', ([body, messages]) => {
  expect(requestShape(body)?.messages).toBe(messages)
})

test('what is no object has no shape', () => {
  for (const text of ['', '[]', '"x"', 'null', '{', '1']) expect(requestShapeOf(text)).toBeNull()
})

test('whatever a body holds, its shape is made of the words that the API knows', () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom('messages', 'input', 'tools', 'role', 'model', 'name', 'stop') }),
      (body) => {
        const { parameters, tools, roles } = requestShape(body) ?? { parameters: {}, tools: [], roles: {} }
        for (const word of [...Object.values(parameters), ...tools].map(String))
          expect(word.length).toBeLessThanOrEqual(64)
        for (const role of Object.keys(roles)) expect(role).toMatch(/^[a-z]+$/)
      },
    ),
  )
})
