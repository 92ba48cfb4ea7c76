import { expect, test } from 'vitest'
import { localUrl } from './server-command.ts'

test.each([
  [undefined, 'http://localhost:8000'],
  ['', 'http://localhost:8000'],
  ['9000', 'http://localhost:9000'],
  ['65535', 'http://localhost:65535'],
  // A free port, which nobody knows beforehand, and what the server refuses.
  ['0', 'http://localhost:8000'],
  ['65536', 'http://localhost:8000'],
  ['80.5', 'http://localhost:8000'],
  ['999999999999', 'http://localhost:8000'],
  ['@evil.example', 'http://localhost:8000'],
])('a command asks the server of LATCHKEY_PORT=%s at %s', (setting, url) => {
  expect(localUrl(setting)).toBe(url)
})
