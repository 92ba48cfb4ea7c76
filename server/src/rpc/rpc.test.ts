import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPendingRequests, RequestTimeoutError } from './rpc.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('each response reaches the request of its id, in whatever order they come', async () => {
  const requests = createPendingRequests<string>()
  const sent: number[] = []
  const first = requests.request((id) => sent.push(id))
  const second = requests.request((id) => sent.push(id), 1_000)
  expect(sent).toEqual([1, 2])
  expect(requests.size()).toBe(2)
  expect(requests.resolve(2, 'b')).toBe(true)
  expect(requests.resolve(1, 'a')).toBe(true)
  expect(await Promise.all([first, second])).toEqual(['a', 'b'])
  expect(requests.size()).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('a failure rejects the request of its id and no other', async () => {
  const requests = createPendingRequests<string>()
  const failed = requests.request(() => undefined)
  const other = requests.request(() => undefined)
  expect(requests.reject(1, new Error('no'))).toBe(true)
  await expect(failed).rejects.toThrow('no')
  requests.resolve(2, 'yes')
  expect(await other).toBe('yes')
})

test('a request without a response in time is rejected, and a later response is ignored', async () => {
  const requests = createPendingRequests<string>()
  const late = requests.request(() => undefined, 1_000)
  const rejected = expect(late).rejects.toBeInstanceOf(RequestTimeoutError)
  vi.advanceTimersByTime(999)
  expect(requests.size()).toBe(1)
  vi.advanceTimersByTime(1)
  await rejected
  expect(requests.size()).toBe(0)
  expect(requests.resolve(1, 'late')).toBe(false)
  expect(requests.reject(1, new Error('late'))).toBe(false)
})

test('when the other end exits, every pending request is rejected, and later ones wait for its successor', async () => {
  const requests = createPendingRequests<string>()
  const both = [requests.request(() => undefined), requests.request(() => undefined, 1_000)]
  requests.rejectAll(new Error('exited'))
  expect(await Promise.allSettled(both)).toMatchObject([
    { reason: { message: 'exited' } },
    { reason: { message: 'exited' } },
  ])
  expect(vi.getTimerCount()).toBe(0)
  const next = requests.request(() => undefined)
  expect(requests.resolve(2, 'of the former')).toBe(false)
  expect(requests.resolve(3, 'of the successor')).toBe(true)
  expect(await next).toBe('of the successor')
})

test('a request that cannot be sent is rejected and forgotten', async () => {
  const requests = createPendingRequests<string>()
  const unsent = requests.request(() => {
    throw new Error('cannot be cloned')
  }, 1_000)
  await expect(unsent).rejects.toThrow('cannot be cloned')
  expect(requests.size()).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})
