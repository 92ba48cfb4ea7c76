// The thread that counts tokens: what it delays, and what becomes of estimates where it does not do its work.
import { Worker } from 'node:worker_threads'
import { GATEWAY_LIMITS } from '@latchkey/server/gateway/gateway.ts'
import {
  createEstimator,
  type Estimator,
  type EstimatorOptions,
} from '@latchkey/server/gateway/metering/estimate/estimator.ts'
import { afterEach, expect, test, vi } from 'vitest'
import { event } from '../../support/upstreams/chat-responses.ts'

const REQUEST = Buffer.from('{"messages":[{"role":"user","content":"Say hello"}]}')
const PATIENT = { estimateMs: 60_000 }
const EXACT = {
  inputTokens: 2,
  outputTokens: 2,
  cachedInputTokens: null,
  cacheWriteInputTokens: null,
  reasoningTokens: null,
}
const ROUGH = { ...EXACT, inputTokens: expect.any(Number), outputTokens: expect.any(Number) }

const estimators: Estimator[] = []

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(estimators.splice(0).map((estimator) => estimator.close()))
})

function start(options: EstimatorOptions): Estimator {
  const estimator = createEstimator(options)
  estimators.push(estimator)
  return estimator
}

function estimate(estimator: Estimator, text = 'Hello there') {
  const response = estimator.keep(true)
  for (let at = 0; at < text.length; at += 1_000)
    response.add(Buffer.from(event({ choices: [{ delta: { content: text.slice(at, at + 1_000) } }] })))
  return estimator.estimate({ request: REQUEST, response, isEventStream: true })
}

/** A thread that replies to its first message, and then does with each what `script` says. */
function workerThat(script: string): Worker {
  return new Worker(
    `const { parentPort } = require('node:worker_threads')
    parentPort.once('message', ({ id }) => {
      parentPort.on('message', () => { ${script} })
      parentPort.postMessage({ id, tokens: { inputTokens: 7, outputTokens: 7 } })
    })`,
    { eval: true },
  )
}

/** The first thread does what `script` says with all messages but its first; those after it are real ones. */
function replacedAfter(script: string) {
  const started: Worker[] = []
  const first = vi.fn(() => workerThat(script))
  const real = new URL(
    './estimate-worker.ts',
    import.meta.resolve('@latchkey/server/gateway/metering/estimate/estimator.ts'),
  )
  return {
    started,
    startWorker: () => {
      const worker = started.length === 0 ? first() : new Worker(real)
      started.push(worker)
      return worker
    },
  }
}

test('a short estimate does not wait for long ones that were there before', async () => {
  const estimator = start(PATIENT)
  await estimate(estimator)
  const order: string[] = []
  // Nothing that the tokenizer knows: the most expensive text for it.
  const hostile = Array.from({ length: 200_000 }, (_, index) =>
    String.fromCharCode(0x4e00 + ((Math.imul(index, 2654435761) >>> 9) % 9000)),
  ).join('')
  const long = [1, 2, 3].map(() => estimate(estimator, hostile).then(() => order.push('long')))
  const short = estimate(estimator).then((usage) => order.push(JSON.stringify(usage)))
  await Promise.all([...long, short])
  expect(order).toEqual([JSON.stringify(EXACT), 'long', 'long', 'long'])
})

test('200 estimates at once are all by the tokenizer, where there is time', async () => {
  const estimator = start(PATIENT)
  const usages = await Promise.all(Array.from({ length: 200 }, () => estimate(estimator)))
  for (const usage of usages) expect(usage).toEqual(EXACT)
})

test('3,000 estimates at once are all there, those that would wait long at once and roughly', async () => {
  const estimator = start(PATIENT)
  const usages = await Promise.all(Array.from({ length: 3_000 }, () => estimate(estimator)))
  for (const usage of usages) expect(usage).toEqual(ROUGH)
  expect(usages.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, () => EXACT))
})

test('no estimate is waited for longer than 50 ms, and it is a rough one then', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const idle = () => new Worker('setInterval(() => undefined, 1_000)', { eval: true })
  const estimator = start({ ...GATEWAY_LIMITS, startWorker: idle })
  const settled = vi.fn()
  const estimates = Array.from({ length: 20 }, () => estimate(estimator).then(settled))
  await vi.advanceTimersByTimeAsync(49)
  expect(settled).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await Promise.all(estimates)
  for (const [usage] of settled.mock.calls) expect(usage).toEqual(ROUGH)
})

test.each([
  ['hangs', 'for (;;);'],
  ['dies', 'process.exit(1)'],
  ['throws', 'throw new Error("broken")'],
])('a thread that %s is replaced; what it had is estimated roughly', async (_, script) => {
  const { started, startWorker } = replacedAfter(script)
  const estimator = start({ ...PATIENT, startWorker, hungMs: 50, restartMs: 0 })
  expect(await estimate(estimator)).toMatchObject({ inputTokens: 7 })
  const [first] = started
  const ended = new Promise((resolve) => first?.once('exit', resolve))
  const rough = [estimate(estimator), estimate(estimator)]
  expect(await Promise.all(rough)).toEqual([ROUGH, ROUGH])
  await ended
  expect(await estimate(estimator)).toEqual(EXACT)
  expect(started).toHaveLength(2)
})

test('a thread that makes its estimates too late has nothing left to do', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', (message) => parentPort.postMessage({ id: -1, tokens: null, message: Object.keys(message) }))`,
    { eval: true },
  )
  const reported: unknown[] = []
  const reportedTwice = new Promise<void>((resolve) => {
    worker.on('message', ({ message }) => {
      if (reported.push(message) === 2) resolve()
    })
  })
  const estimator = start({ estimateMs: 1, startWorker: () => worker })
  expect(await estimate(estimator)).toEqual(ROUGH)
  await reportedTwice
  expect(reported).toEqual([['id', 'call'], ['cancelled']])
})

test('estimates that wait when the gateway stops are rough ones', async () => {
  const idle = () => new Worker('setInterval(() => undefined, 1_000)', { eval: true })
  const estimator = createEstimator({ ...PATIENT, startWorker: idle })
  const estimates = Array.from({ length: 20 }, () => estimate(estimator))
  await estimator.close()
  for (const usage of await Promise.all(estimates)) expect(usage).toEqual(ROUGH)
  expect(await estimate(estimator)).toEqual(ROUGH)
})
