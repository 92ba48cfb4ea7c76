import { expect, test } from 'vitest'
import { refuseOtherSites, requireJson } from './csrf.ts'

test.for([
  {},
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { host: 'gateway.lan:8000', origin: 'http://gateway.lan:8000' },
  { host: 'gateway.lan', origin: 'http://gateway.lan:80' },
  { host: 'localhost:5173', origin: 'https://elsewhere.example', 'sec-fetch-site': 'same-origin' },
])('lets %j pass', (headers) => {
  expect(() => refuseOtherSites(headers)).not.toThrow()
})

test.for([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': '' },
  { host: 'gateway.lan:8000', origin: 'http://gateway.lan:8001' },
  { host: 'gateway.lan:8000', origin: 'null' },
  { origin: 'http://gateway.lan:8000' },
])('refuses %j', (headers) => {
  expect(() => refuseOtherSites(headers)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }))
})

test('only JSON is JSON', () => {
  for (const type of ['application/json', 'Application/JSON; charset=utf-8']) {
    expect(() => requireJson({ 'content-type': type })).not.toThrow()
  }
  for (const type of [
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'text/plain; application/json',
  ]) {
    expect(() => requireJson({ 'content-type': type })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }),
    )
  }
})
