import { describe, expect, test } from 'vitest'
import { readViewName, readViewQuery, savedViewId, savedViewNumber, VIEW_QUERY_MAX } from './saved-view.ts'

test('an id says its number, and nothing else is one', () => {
  expect(savedViewNumber(savedViewId(12))).toBe(12)
  for (const id of ['svw_0', 'svw_', 'svw_1234567890', 'lim_1', 'svw_1 '])
    expect(savedViewNumber(id)).toBeNull()
})

test('a name is text that can be seen, 1 to 80 characters', () => {
  expect(readViewName(' Errors of today ')).toEqual({ ok: true, value: 'Errors of today' })
  expect(readViewName('失败'.repeat(40))).toMatchObject({ ok: true })
  for (const [name, code] of [
    [' ', 'REQUIRED'],
    ['a'.repeat(81), 'TOO_LONG'],
    ['a\u202eb', 'INVALID'],
  ] as const)
    expect(readViewName(name)).toMatchObject({ errors: [{ code, field: 'name' }] })
})

describe('the query of a view', () => {
  test.for([
    ['?outcome=error&key=checkout', 'key=checkout&outcome=error'],
    ['model=b&model=a', 'model=b&model=a'],
    ['q=two words&label=team%3Dsearch', 'label=team%3Dsearch&q=two+words'],
    // Names that nobody would guess are no secrets.
    [
      'model=claude-sonnet-4-20250514&ip=2001:db8:85a3::8a2e:370:7334',
      'ip=2001%3Adb8%3A85a3%3A%3A8a2e%3A370%3A7334&model=claude-sonnet-4-20250514',
    ],
    ['', ''],
  ])('%s is kept in one form', ([sent = '', kept]) => {
    expect(readViewQuery('LOGS', sent)).toEqual({ ok: true, value: kept })
  })

  test('has the parameters of its own screen alone', () => {
    expect(readViewQuery('KEYS', 'show=failing')).toMatchObject({ ok: true })
    expect(readViewQuery('LOGS', 'show=failing')).toMatchObject({
      errors: [{ code: 'INVALID', field: 'query', message: expect.stringContaining('"show"') }],
    })
    expect(readViewQuery('LOGS', 'peek=req_1')).toMatchObject({ ok: false })
    expect(readViewQuery('LOGS', 'q=a%00b')).toMatchObject({ ok: false })
  })

  test('has a bounded length, also with its escapes', () => {
    const long = (length: number) => `q=${'a'.repeat(length - 2)}`
    expect(readViewQuery('LOGS', long(VIEW_QUERY_MAX))).toMatchObject({ ok: true })
    for (const query of [long(VIEW_QUERY_MAX + 1), `q=${'视'.repeat(1_000)}`])
      expect(readViewQuery('LOGS', query)).toMatchObject({
        errors: [{ code: 'TOO_LONG', bounds: { maxLength: VIEW_QUERY_MAX } }],
      })
  })

  test.for([
    ['sk-0b1d8b8e-4a0f-4d2c-9f39-0d2b1d6f7a11', 'q'],
    ['0B1D8B8E-4A0F-4D2C-9F39-0D2B1D6F7A11', 'key'],
    ['lka_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789', 'error'],
    ['with Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0', 'q'],
    ['the key kX9wQ2vLr7TzBn4mPf8D', 'q'],
  ])('holds no secret, as %s in %s', ([secret = '', name = '']) => {
    const read = readViewQuery('LOGS', new URLSearchParams({ [name]: secret }).toString())
    expect(read).toMatchObject({ errors: [{ code: 'INVALID', field: 'query' }] })
    expect(JSON.stringify(read)).not.toContain(secret.slice(0, 12))
    expect(readViewQuery('LOGS', `${secret}=1`)).not.toMatchObject({ ok: true })
  })
})
