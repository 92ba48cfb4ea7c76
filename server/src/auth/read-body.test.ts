import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readText } from './read-body.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a body that has not ended at its deadline is refused, however often a byte comes', async () => {
  const request = new IncomingMessage(new Socket())
  const reading = readText(request, 100, 10_000)
  const refused = expect(reading).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' })
  for (let second = 0; second < 10; second++) {
    request.push('x')
    await vi.advanceTimersByTimeAsync(1_000)
  }
  await refused
})

test('a body that has ended has no deadline', async () => {
  const request = new IncomingMessage(new Socket())
  const reading = readText(request, 100, 10_000)
  request.push('whole')
  request.push(null)
  await vi.advanceTimersByTimeAsync(1)
  expect(await reading).toBe('whole')
  expect(vi.getTimerCount()).toBe(0)
})
