import { expect, test } from 'vitest'
import { clientText, sendersOf } from './former-senders.ts'

test('names each address and each client once, and none where a call does not say it', () => {
  const logs = [
    { clientIp: '10.0.0.4', userAgent: 'OpenAI/Python 1.50.0' },
    { clientIp: '10.0.0.4', userAgent: 'shop/1.2' },
    { clientIp: '10.0.0.5', userAgent: 'OpenAI/Python 1.50.0' },
    { clientIp: null, userAgent: null },
  ]
  expect(sendersOf(logs)).toEqual({
    addresses: ['10.0.0.4', '10.0.0.5'],
    clients: ['OpenAI/Python 1.50.0', 'shop/1.2'],
  })
})

test('shortens what a client calls itself, and takes an empty name for none', () => {
  expect(clientText('x'.repeat(60))).toBe('x'.repeat(60))
  expect(clientText('x'.repeat(61))).toBe(`${'x'.repeat(59)}…`)
  expect(clientText(' ')).toBeNull()
  expect(clientText(null)).toBeNull()
})
