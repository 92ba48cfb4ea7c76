import { expect, test } from 'vitest'
import type { Route } from './route-table.ts'
import { createUsageRequests } from './usage-requests.ts'

function route(model: string, name = 'u'): Route {
  return { upstream: { name, baseUrl: `http://${name}.test/v1`, credential: null, models: [] }, model }
}

test('a refusal is of one model at one upstream, and is forgotten after an hour', () => {
  let nowMs = 0
  const requests = createUsageRequests(() => nowMs)
  expect(requests.accepts(route('m'))).toBe(true)
  requests.noteRefusal(route('m'))
  expect(requests.accepts(route('m'))).toBe(false)
  expect(requests.accepts(route('other'))).toBe(true)
  expect(requests.accepts(route('m', 'v'))).toBe(true)
  nowMs = 3_600_000
  expect(requests.accepts(route('m'))).toBe(true)
})

test('the newest 1,000 refusals are remembered', () => {
  const requests = createUsageRequests(() => 0)
  for (let n = 0; n <= 1_000; n++) requests.noteRefusal(route(`m${n}`))
  expect([requests.accepts(route('m0')), requests.accepts(route('m1'))]).toEqual([true, false])
})
