import { afterEach, expect, test, vi } from 'vitest'
import { getLocale, overwriteGetLocale } from './paraglide/runtime.js'

vi.stubGlobal('$state', (value: unknown) => value)
const { errorText } = await import('./error-text.ts')
const { PartError } = await import('./errors/part-error.ts')

const locale = getLocale
afterEach(() => overwriteGetLocale(locale))

test('what a browser says in English is said to those who read it alone', () => {
  vi.spyOn(console, 'error').mockReturnValue()
  overwriteGetLocale(() => 'en')
  expect(errorText(new TypeError('x is undefined'))).toContain('x is undefined')
  overwriteGetLocale(() => 'zh-CN')
  expect(errorText(new TypeError('x is undefined'))).not.toMatch(/[a-z]/i)
})

test('a part that could not be loaded is said in the language of the page', () => {
  overwriteGetLocale(() => 'zh-CN')
  expect(errorText(new PartError('of the program'))).toContain('控制台已有新版本')
})
