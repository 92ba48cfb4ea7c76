import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wholeText } from './whole-text.ts'

test('a text that is truncated at any byte is its longest prefix of whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(100), (text, at) => {
      const bytes = Buffer.from(text.toWellFormed())
      const end = Math.min(at, bytes.length)
      let expected = ''
      for (const character of text.toWellFormed()) {
        if (Buffer.byteLength(expected + character) > end) break
        expected += character
      }
      expect(wholeText(bytes, end)).toBe(expected)
    }),
  )
})

test('bytes that are no UTF-8 are text all the same', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(wholeText(bytes)).toBeTypeOf('string')))
})
