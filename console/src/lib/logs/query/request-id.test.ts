import { expect, test } from 'vitest'
import { callTimeMs } from './request-id.ts'

test('a request id says when its call arrived; another text does not', () => {
  // The UUID of RFC 9562, §A.6.
  expect(callTimeMs('req_017f22e279b07cc398c4dc0c0c07398f')).toBe(Date.UTC(2022, 1, 22, 19, 22, 22))
  expect(callTimeMs('req_017f22e279b07cc398c4dc0c0c07398')).toBeNaN()
  expect(callTimeMs('key_12')).toBeNaN()
})
