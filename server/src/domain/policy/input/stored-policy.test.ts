import { expect, test } from 'vitest'
import { readKeyPolicy } from './read-key-policy.ts'
import { policyText, storedPolicy } from './stored-policy.ts'

test('a policy survives being stored, and says the same in the same text', () => {
  const texts = [
    { models: { allow: ['b', 'A'] }, concurrency: { maxCalls: 2 } },
    { concurrency: { maxCalls: 2, mode: 'ENFORCE' }, models: { allow: ['a', 'b', 'a'] } },
  ].map((input) => {
    const read = readKeyPolicy(input)
    if (!read.ok) throw new Error(JSON.stringify(read.errors))
    expect(storedPolicy(policyText(read.value))).toEqual(read.value)
    return policyText(read.value)
  })
  expect(texts[0]).toBe(texts[1])
  expect(storedPolicy(policyText(null))).toBeNull()
})

test.for(['', '[]', '{"limit":[]}', '{"concurrency":{}}'])('%j is not taken for unrestricted', (text) => {
  expect(() => storedPolicy(text)).toThrow()
})
