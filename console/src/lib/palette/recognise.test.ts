import { expect, it } from 'vitest'
import { recognise } from './recognise.ts'

const requestId = `req_${'0199abcdef012345'.repeat(2)}`
const secret = 'sk-3f2a9c1e-0000-4000-8000-1234567890ab'

it.each([
  [` ${requestId} `, { kind: 'request', id: requestId }],
  ['KEY_12', { kind: 'key', id: 'key_12' }],
  [secret, { kind: 'secret', secret }],
  [secret.slice(3), { kind: 'secret', secret: secret.slice(3) }],
  ['checkout', { kind: 'text', text: 'checkout' }],
  ['gpt-4o', { kind: 'text', text: 'gpt-4o' }],
  ['text-embedding-3-small', { kind: 'text', text: 'text-embedding-3-small' }],
  ['team-checkout-2026', { kind: 'text', text: 'team-checkout-2026' }],
  ['req_12', { kind: 'text', text: 'req_12' }],
])('takes %j for what it is', (pasted, expected) => {
  expect(recognise(pasted)).toEqual(expected)
})
