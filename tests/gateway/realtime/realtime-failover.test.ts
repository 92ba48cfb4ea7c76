// A realtime session is opened on the first of its candidate routes whose upstream accepts it.
import { readAttempts } from '@latchkey/server/domain/logs/attempt.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime, requestLogs } from '../../support/server/request-logs.ts'
import { makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import {
  type RealtimeUpstream,
  rawJson,
  startRealtimeUpstream,
} from '../../support/upstreams/realtime-upstream.ts'

let first: RealtimeUpstream
let second: RealtimeUpstream
let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  first = await startRealtimeUpstream()
  second = await startRealtimeUpstream((peer) => peer.send('{"type":"session.created"}'))
  latchkey = await startLatchkey({ env: { LATCHKEY_ROUTING_BREAKER_FAILURES: '0' } })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => {
  first.handshakes.length = 0
  second.handshakes.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await first.close()
  await second.close()
})

async function twoRoutes() {
  const upstreams = [
    await makeUpstream(latchkey, first.baseUrl, { credentials: [{ secret: 'sk-first' }] }),
    await makeUpstream(latchkey, second.baseUrl, { credentials: [{ secret: 'sk-second' }] }),
  ] as const
  const model = await makeModel(latchkey, [
    { upstream: upstreams[0].id, upstreamModel: 'first-model' },
    { upstream: upstreams[1].id, upstreamModel: 'second-model' },
  ])
  return { model, names: upstreams.map(({ name }) => name) }
}

test.for([
  ['429 Too Many Requests', 'rate_limit_exceeded', 'RATE_LIMITED'],
  ['401 Unauthorized', 'invalid_api_key', 'CREDENTIAL_REFUSED'],
  ['503 Service Unavailable', 'overloaded', 'SERVER_ERROR'],
] as const)('a %s sends it to the other upstream', async ([status, code, failure]) => {
  const { model, names } = await twoRoutes()
  first.refuseWith(rawJson(status, { error: { message: 'No.', code } }, []))
  const { socket, message, closed, headers } = await openRealtime(latchkey, secret, {
    query: `?model=${model}`,
  })
  expect((await message()).data.toString()).toBe('{"type":"session.created"}')
  socket.close(1000)
  await closed
  expect(second.handshakes.map(({ path, headers: sent }) => [path, sent.authorization])).toEqual([
    ['/v1/realtime?model=second-model', 'Bearer sk-second'],
  ])
  const log = await logInTime(latchkey, String(headers['x-request-id']))
  expect(log).toMatchObject({ outcome: 'SUCCESS', upstream: names[1], resolvedModel: 'second-model' })
  expect(readAttempts(log.attempts)).toMatchObject([
    { upstream: names[0], failure, errorCode: code },
    { upstream: names[1], failure: null, httpStatus: 101 },
  ])
})

test('what is refused for the client’s own fault is the client’s response', async () => {
  const { model } = await twoRoutes()
  first.refuseWith(rawJson('400 Bad Request', { error: { message: 'No.', code: 'bad' } }, []))
  await expect(openRealtime(latchkey, secret, { query: `?model=${model}` })).rejects.toThrow('400')
  expect(second.handshakes).toEqual([])
  expect((await requestLogs(latchkey))[0]).toMatchObject({ outcome: 'ERROR', attempts: null })
})
