import { expect, test } from 'vitest'
import { welcome } from './welcome.ts'

const HERE = 'http://127.0.0.1:8000'
const PUBLIC = 'https://keys.example.com'
const app = { setupToken: 'abc', served: 'echo', defaultModel: 'auto' }
const ELSEWHERE = "put this machine's name in place of 127.0.0.1"

test('prints links that can be opened where the server listens', () => {
  const text = welcome(HERE, app, { host: '127.0.0.1', publicUrl: null })
  expect(text).toContain(`listening on ${HERE}\n`)
  expect(text).toContain(`Console    ${HERE}/setup#token=abc\n`)
  expect(text).not.toContain(ELSEWHERE)
})

test.each(['0.0.0.0', '::'])('says of %s that its links are of this machine alone', (host) => {
  const text = welcome(HERE, app, { host, publicUrl: null })
  expect(text).toContain(`listening on ${HERE} and on every other address of this machine`)
  expect(text).toContain(ELSEWHERE)
})

test('prints the public address where there is one', () => {
  const text = welcome(HERE, { ...app, setupToken: null }, { host: '0.0.0.0', publicUrl: PUBLIC })
  expect(text).toContain(`Console    ${PUBLIC}\n`)
  expect(text).not.toContain(ELSEWHERE)
})
