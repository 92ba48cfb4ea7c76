import { expect, test } from 'vitest'
import { apiKeyId, apiKeyNumber } from './api-key-id.ts'

test('is formatted and parsed', () => {
  expect(apiKeyNumber(apiKeyId(12))).toBe(12)
  expect(apiKeyNumber('key_2147483647')).toBe(2_147_483_647)
})

test.for(['key_0', 'key_-1', 'key_01', 'key_1 ', 'key_2147483648', 'key_99999999999', '12', 'req_12', ''])(
  'refuses %j',
  (id) => {
    expect(apiKeyNumber(id)).toBeNull()
  },
)
