import { expect, test } from 'vitest'
import { jsonMeter, searchedPassThrough } from './response-meter.ts'

const SECRET = 'sk-canary-0123456789'
const MASK = '*'.repeat(SECRET.length)

test.for([
  [`{"a":"${SECRET}"}`, `{"a":"${MASK}"}`],
  [`{"a":"${SECRET}${SECRET}","b":"Bearer ${SECRET}"}`, `{"a":"${MASK}${MASK}","b":"Bearer ${MASK}"}`],
  [`{"a":"sk-canary-sk-canary-0123456789"}`, `{"a":"sk-canary-${MASK}"}`],
  ['{"a":"sk-canary-012345678"}', '{"a":"sk-canary-012345678"}'],
  ['{"a":"sk-canary', '{"a":"sk-canary'],
] as const)('%s reaches the client as %s, however it is split', ([text, expected]) => {
  for (const meter of [() => jsonMeter([SECRET]), () => searchedPassThrough([SECRET])])
    for (let size = 1; size <= text.length; size++) expect(through(meter(), text, size)).toBe(expected)
})

test('a stand-in for a secret is no secret', () => {
  expect(through(jsonMeter(['EMPTY']), '{"a":"EMPTY"}', 5)).toBe('{"a":"EMPTY"}')
})

function through(meter: ReturnType<typeof jsonMeter>, text: string, size: number): string {
  let out = ''
  for (let at = 0; at < text.length; at += size) out += meter.pass(Buffer.from(text.slice(at, at + size)))
  return out + meter.end()
}
