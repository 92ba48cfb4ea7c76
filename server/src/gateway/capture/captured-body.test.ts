import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BEYOND_BYTES } from '../../domain/content/captured-content.ts'
import { KeptBody } from './captured-body.ts'
import { createContentMemory } from './content-memory.ts'

const LIMIT = 10_000

test('in whatever pieces a body comes, its beginning is kept, and all memory given back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9_000), { maxLength: 6 }), (sizes) => {
      const chunks = sizes.map((size, at) => Buffer.alloc(size, at + 1))
      const max = LIMIT + BEYOND_BYTES
      const memory = createContentMemory(max)
      const body = new KeptBody(memory, LIMIT, 'type')
      for (const chunk of chunks) body.add(chunk)
      const whole = Buffer.concat(chunks)
      expect(body.take([])).toEqual({
        type: 'type',
        bytes: whole.subarray(0, max),
        limit: LIMIT,
        truncated: whole.length > LIMIT,
      })
      expect(memory.take(max)).toBe(true)
    }),
  )
})

test('where memory is exhausted the rest is not kept, and nothing is stored that could be a part of a secret', () => {
  const memory = createContentMemory(8_192)
  const body = new KeptBody(memory, LIMIT, null)
  body.add(Buffer.alloc(8_000, 'a'))
  body.add(Buffer.alloc(1_000, 'b'))
  body.add(Buffer.alloc(10, 'c'))
  const { bytes, limit, truncated } = body.take([])
  expect([bytes?.length, limit, truncated]).toEqual([8_000, 8_000 - BEYOND_BYTES, true])
})

test('secrets are covered, and nothing moves', () => {
  const body = new KeptBody(createContentMemory(), LIMIT, null)
  body.add(Buffer.from('one secret, ano'))
  body.add(Buffer.from('ther secret and a sécret'))
  const { bytes } = body.take(['secret', 'sécret', 'absent'])
  expect(Buffer.from(bytes ?? []).toString()).toBe('one ******, another ****** and a *******')
})
