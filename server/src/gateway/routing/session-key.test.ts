import { describe, expect, test } from 'vitest'
import { scanObject } from '../../http/wire/json-scan.ts'
import { sessionKeyOf } from './session-key.ts'

const LOCATED = new Set(['prompt_cache_key', 'messages', 'input'])
const keyOf = (body: unknown, headers: Record<string, string> = {}, apiKeyId: number | null = 1) => {
  const bytes = Buffer.from(JSON.stringify(body))
  return sessionKeyOf(apiKeyId, headers, bytes, scanObject(bytes, LOCATED))
}
const system = { role: 'system', content: 'You are "brief" \\ {and kind}.' }
const user = { role: 'user', content: 'What is {"a": [1]}?' }
const later = [
  { role: 'assistant', content: 'Nothing.' },
  { role: 'user', content: 'And now?' },
]

describe('the same conversation', () => {
  test.for([
    ['by prompt_cache_key', { prompt_cache_key: 'c1', input: 'a' }, { prompt_cache_key: 'c1', input: 'b' }],
    ['by its first messages', { messages: [system, user] }, { messages: [system, user, ...later] }],
    ['of the Responses API', { input: [user] }, { input: [user, ...later] }],
    [
      'with instructions of a size',
      { messages: [{ ...system, content: 'x'.repeat(100_000) }, user] },
      { messages: [{ ...system, content: 'x'.repeat(100_000) }, user, ...later] },
    ],
    [
      'of more than is looked at',
      { messages: [{ ...user, content: 'x'.repeat(300_000) }] },
      { messages: [{ ...user, content: 'x'.repeat(300_000) }, ...later] },
    ],
  ] as const)('%s', ([, first, next]) => {
    expect(keyOf(first)).not.toBeNull()
    expect(keyOf(next)).toBe(keyOf(first))
  })

  test.for([
    'session-id',
    'session_id',
    'conversation-id',
    'conversation_id',
    'x-session-id',
    'x-session-affinity',
    'x-conversation-id',
    'x-claude-code-session-id',
    'x-opencode-session',
  ])('by the header %s', (name) => {
    expect(keyOf({ input: 'a' }, { [name]: 's' })).toBe(keyOf({ input: 'b' }, { [name]: 's' }))
    expect(keyOf({ input: 'a' }, { [name]: 's' })).not.toBe(keyOf({ input: 'a' }, { [name]: 't' }))
  })
})

test.for([
  [
    'another prompt_cache_key',
    { prompt_cache_key: 'c1', input: 'a' },
    { prompt_cache_key: 'c2', input: 'a' },
  ],
  [
    'another first message',
    { messages: [system, user] },
    { messages: [system, { ...user, content: 'Else' }] },
  ],
  ['another input', { input: 'a' }, { input: 'b' }],
  [
    'another end of a first message of a size',
    { input: `${'x'.repeat(100_000)}a` },
    { input: `${'x'.repeat(100_000)}b` },
  ],
] as const)('%s is another conversation', ([, one, other]) => {
  expect(keyOf(other)).not.toBe(keyOf(one))
})

test('conversations of two API keys are two', () => {
  expect(keyOf({ input: 'a' }, {}, 1)).not.toBe(keyOf({ input: 'a' }, {}, 2))
})

test.for([
  ['no messages', {}],
  ['input of another kind', { input: 7 }],
  ['an empty prompt_cache_key', { prompt_cache_key: '' }],
  ['a prompt_cache_key of another kind', { prompt_cache_key: ['a'] }],
  ['a prompt_cache_key that is too long', { prompt_cache_key: 'k'.repeat(513) }],
] as const)('%s names no conversation', ([, body]) => {
  expect(keyOf(body)).toBeNull()
})

test('a header that is too long is ignored, and so is a body that is none', () => {
  expect(keyOf({}, { 'session-id': 's'.repeat(513) })).toBeNull()
  expect(sessionKeyOf(1, {}, Buffer.from('no'), null)).toBeNull()
  expect(keyOf({ messages: [] })).toBe(keyOf({ messages: [] }))
})
