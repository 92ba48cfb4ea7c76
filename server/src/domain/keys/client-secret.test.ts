import { expect, test } from 'vitest'
import { clientSecretHashHex, madeSecrets } from './client-secret.ts'

const NOW_MS = 1_700_000_000_000
const NOW = NOW_MS / 1_000
const VALUE = 'ek_0123456789abcdef'

test.for([
  [{ value: VALUE, expires_at: NOW + 60 }, [{ value: VALUE, expiresAtMs: NOW_MS + 60_000, model: null }]],
  [
    { value: VALUE, expires_at: NOW + 60, session: { model: 'm1' } },
    [{ value: VALUE, expiresAtMs: NOW_MS + 60_000, model: 'm1' }],
  ],
  [
    { model: 'm1', client_secret: { value: VALUE, expires_at: NOW + 60 } },
    [{ value: VALUE, expiresAtMs: NOW_MS + 60_000, model: 'm1' }],
  ],
  [{ value: VALUE }, [{ value: VALUE, expiresAtMs: NOW_MS + 600_000, model: null }]],
  [{ value: VALUE, expires_at: 'never' }, [{ value: VALUE, expiresAtMs: NOW_MS + 600_000, model: null }]],
  [{ value: VALUE, expires_at: 1e300 }, [{ value: VALUE, expiresAtMs: NOW_MS + 7_200_000, model: null }]],
  [{ value: VALUE, expires_at: 0 }, [{ value: VALUE, expiresAtMs: 0, model: null }]],
  [{ value: 'ek_short' }, []],
  [{ value: `${VALUE} ` }, []],
  [{ value: 'x'.repeat(1_025) }, []],
  [{ value: 7 }, []],
  [{ client_secret: 'ek_0123456789abcdef' }, []],
  [null, []],
  [[{ value: VALUE }], []],
])('%j', ([response, made]) => {
  expect(madeSecrets(response, NOW_MS)).toEqual(made)
})

test('what cannot be a secret has no hash', () => {
  expect(clientSecretHashHex(VALUE)).toMatch(/^[0-9a-f]{64}$/)
  expect(clientSecretHashHex('ek_')).toBeNull()
  expect(clientSecretHashHex('x'.repeat(10_000))).toBeNull()
})
