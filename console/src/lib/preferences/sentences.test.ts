import { afterEach, expect, test } from 'vitest'
import { getLocale, overwriteGetLocale } from '#lib/paraglide/runtime.js'
import { sentences } from './sentences.ts'

const usualLocale = getLocale
afterEach(() => overwriteGetLocale(usualLocale))

test('sentences have a blank between them, in Chinese none, and leave out what is not there', () => {
  overwriteGetLocale(() => 'en')
  expect(sentences('One.', false, 'Two.', null, '')).toBe('One. Two.')
  overwriteGetLocale(() => 'zh-CN')
  expect(sentences('一。', undefined, '二。')).toBe('一。二。')
})
