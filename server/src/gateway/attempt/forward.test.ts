// Forwarded calls that end at a moment which no test over a socket can choose.
import { expect, test } from 'vitest'
import { callError } from '../../domain/errors.ts'
import { readAttempts } from '../../domain/logs/attempt.ts'
import type { CallRecord, Usage } from '../../domain/logs/call-record.ts'
import { NO_USAGE } from '../../domain/logs/generated/new-record.ts'
import type { UpstreamListener } from '../../http/client/upstream-client.ts'
import type { Exchange, ExchangeListener } from '../../http/server/exchange.ts'
import { Call } from '../call/call.ts'
import { createContentMemory } from '../capture/content-memory.ts'
import type { Gateway } from '../gateway.ts'
import { StreamKeeper } from '../metering/estimate/stream-keeper.ts'
import { createRouteHealth } from '../routing/route-health.ts'
import type { Route } from '../routing/route-table.ts'
import { forward } from './forward.ts'

const BODY = Buffer.from('{"model":"m","messages":[]}')
const USAGE: Usage = { ...NO_USAGE, inputTokens: 2, outputTokens: 3 }
const event = (data: string) => Buffer.from(`data: ${data}\n\n`)

function route(name: string): Route {
  return {
    upstream: { name, baseUrl: `http://${name}.test/v1`, credential: null, models: ['*'] },
    model: 'm',
  }
}

/** A call that was sent to the first of these upstreams, with everything that it touches in the hands of the test. */
function start(names: [string, ...string[]]) {
  const sent: { listener: UpstreamListener; aborted: boolean }[] = []
  const records: CallRecord[] = []
  const estimate = Promise.withResolvers<Usage | null>()
  const gateway = {
    routing: { extraAttempts: 3, deadlineMs: 60_000, breakerFailures: 0 },
    health: createRouteHealth({ clock: Date.now, breakerFailures: 0 }),
    client: {
      send(_request: unknown, listener: UpstreamListener) {
        const one = { listener, aborted: false }
        sent.push(one)
        return {
          resume: () => undefined,
          abort() {
            one.aborted = true
          },
        }
      },
    },
    estimator: { keep: () => new StreamKeeper(createContentMemory()), estimate: () => estimate.promise },
    drainMs: 60_000,
    clientIdleMs: 60_000,
    clock: Date.now,
    open: () => '',
  } as unknown as Gateway
  let disconnect = () => {}
  const exchange = {
    method: 'POST',
    path: '/v1/chat/completions',
    query: '',
    headers: {},
    clientIp: null,
    sendHead: () => undefined,
    sendChunk: () => true,
    end: () => undefined,
    abort: () => undefined,
    listen: (listener: ExchangeListener) => {
      disconnect = () => listener.onDisconnect()
    },
  } as unknown as Exchange
  const call = new Call(exchange, (record, written) => {
    records.push(record)
    written?.()
  })
  const [first, ...others] = names.map(route) as [Route, ...Route[]]
  forward(gateway, call, exchange, {
    route: first,
    others,
    body: BODY,
    bodyBytes: BODY.length,
    repeatable: true,
    requestFor: (route) => ({ route, body: BODY, bodyBytes: BODY.length }),
    bodyWithoutUsageRequest: () => null,
    metered: true,
    units: null,
    responses: 'chat',
    hideUsage: false,
    estimable: true,
    binder: null,
    ownFault: () => null,
  })
  const upstream = (at: number) => {
    const one = sent[at]
    if (one === undefined) throw new Error(`nothing was sent ${at + 1} times`)
    return one
  }
  return {
    call,
    route: first,
    health: gateway.health,
    sent,
    records,
    estimate,
    upstream,
    disconnect: () => disconnect(),
  }
}

const streamHead = { 'content-type': 'text/event-stream' }

test.each([true, false])(
  'a client that disconnects while its usage is estimated is charged for it (stream: %s)',
  async (stream) => {
    const { records, estimate, upstream, disconnect } = start(['one'])
    const { listener } = upstream(0)
    if (stream) {
      listener.onHead(200, streamHead)
      listener.onChunk(event('{"choices":[{"delta":{"content":"a"}}]}'))
      listener.onChunk(event('[DONE]'))
    } else {
      listener.onHead(200, { 'content-type': 'application/json' })
      listener.onChunk(Buffer.from('{"choices":[]}'))
      listener.onEnd()
    }
    disconnect()
    if (stream && !upstream(0).aborted) listener.onEnd()
    expect(records).toEqual([])
    estimate.resolve(USAGE)
    await expect
      .poll(() => records)
      .toMatchObject([{ outcome: 'CANCELLED', usageSource: 'ESTIMATED', ...USAGE }])
  },
)

test('a client that disconnects after an error in its stream has not cancelled it, whenever the stream ends', async () => {
  const { records, estimate, upstream, disconnect } = start(['one'])
  const { listener } = upstream(0)
  listener.onHead(200, streamHead)
  listener.onChunk(event('{"choices":[{"delta":{"content":"a"}}]}'))
  listener.onChunk(event('{"error":{"message":"overloaded","code":"server_error"}}'))
  listener.onChunk(event('[DONE]'))
  disconnect()
  estimate.resolve(USAGE)
  await expect.poll(() => records).toMatchObject([{ outcome: 'ERROR', errorCode: 'server_error', ...USAGE }])
})

test('a stream that is drained and begins with an error does not fail over', async () => {
  const { sent, records, estimate, upstream, disconnect } = start(['one', 'two'])
  const { listener } = upstream(0)
  listener.onHead(200, streamHead)
  disconnect()
  listener.onChunk(event('{"error":{"message":"overloaded","code":"server_error"}}'))
  listener.onChunk(event('[DONE]'))
  listener.onEnd()
  estimate.resolve(null)
  await expect.poll(() => records).toMatchObject([{ outcome: 'CANCELLED', upstream: 'one' }])
  expect(sent).toHaveLength(1)
})

test.each([null, 200])('an aborted call logs the response of its second attempt: %s', (httpStatus) => {
  const { call, records, upstream } = start(['one', 'two'])
  upstream(0).listener.onHead(500, {})
  upstream(0).listener.onEnd()
  if (httpStatus !== null) upstream(1).listener.onHead(httpStatus, { 'content-type': 'application/json' })
  expect(call.abort(callError('api_key_revoked'))).toBe(true)
  expect(records).toMatchObject([{ outcome: 'ERROR', errorCode: 'api_key_revoked', httpStatus: 401 }])
  const attempts = readAttempts(records[0]?.attempts ?? null)
  expect(attempts).toMatchObject([
    { upstream: 'one', httpStatus: 500 },
    { upstream: 'two', httpStatus },
  ])
})

test('the failure of a retry is reported to upstream health, too', async () => {
  const { health, route, sent, upstream } = start(['one'])
  upstream(0).listener.onFailure('unreachable', false)
  await expect.poll(() => sent).toHaveLength(2)
  upstream(1).listener.onHead(429, { 'retry-after': '60' })
  upstream(1).listener.onEnd()
  expect(health.routeStatus(route).kind).toBe('cooling-down')
})
