import { describe, expect, test } from 'vitest'
import { sentCredential } from './credential.ts'

const KEY = '3f0c9a52-6f5e-4b8a-9a3e-0d7f2c1b4a68'

describe('the credential', () => {
  test.for([
    [{ authorization: `Bearer ${KEY}` }, KEY],
    [{ authorization: `bearer ${KEY}` }, KEY],
    [{ authorization: `BEARER   ${KEY}  ` }, KEY],
    [{ authorization: `Bearer sk-${KEY}` }, `sk-${KEY}`],
    [{ 'x-api-key': KEY }, KEY],
    [{ 'x-api-key': ` ${KEY} ` }, KEY],
    [{ 'api-key': KEY }, KEY],
    [{ 'x-goog-api-key': KEY }, KEY],
    [{ authorization: `Bearer ${KEY}`, 'x-api-key': 'other' }, KEY],
    [{ authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': KEY }, KEY],
    [{ 'x-api-key': ' ', 'api-key': KEY }, KEY],
  ] as const)('in %j', ([headers, expected]) => {
    expect(sentCredential(headers)).toBe(expected)
  })

  test.for([
    {},
    { authorization: '' },
    { authorization: '  ' },
    { 'x-api-key': '' },
    { cookie: `key=${KEY}` },
  ])('is missing in %j', (headers) => {
    expect(sentCredential(headers)).toBeNull()
  })

  // What SDKs send for an empty key: the header's own space is trimmed in transit.
  test('is missing after a bare Bearer', () => {
    expect(sentCredential({ authorization: 'Bearer' })).toBeNull()
    expect(sentCredential({ authorization: 'Bearer ' })).toBeNull()
  })

  test.for(['Basic dXNlcjpwYXNz', KEY, `Bearer ${KEY} ${KEY}`, `Bearer\t${KEY}`, `Token ${KEY}`])(
    '%j is something, though no key',
    (authorization) => {
      expect(sentCredential({ authorization })).toBe(authorization)
    },
  )
})
