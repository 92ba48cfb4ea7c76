// A WebSocket that joins a call or a session by its id is opened where that was made.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { ask, makeUpstream } from '../../support/server/routed-models.ts'
import { type SecretUpstream, startSecretUpstream } from '../../support/upstreams/secret-upstream.ts'

let upstreams: SecretUpstream[]
let latchkey: TestLatchkey
let secret: string
beforeAll(async () => {
  upstreams = [await startSecretUpstream(['sk-0']), await startSecretUpstream(['sk-1'])]
  latchkey = await startLatchkey()
  const made = await Promise.all(
    upstreams.map(({ baseUrl }, at) =>
      makeUpstream(latchkey, baseUrl, { credentials: [{ secret: `sk-${at}` }] }),
    ),
  )
  await ask(
    latchkey,
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { userErrors { message } } }',
    { name: '*', routes: made.map(({ id }) => ({ upstreamId: id, upstreamModel: '*', priority: 0 })) },
  )
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  for (const upstream of upstreams) await upstream.close()
})

const last = () => upstreams.map(({ seen }) => seen.at(-1)?.path ?? '')

test.for([
  [
    '/v1/realtime/calls',
    'a call, by its id in the query',
    'application/sdp',
    (response: Response) => response.headers.get('location')?.split('/').at(-1) ?? '',
    (id: string) => ({ path: '/v1/realtime', query: `?call_id=${id}` }),
  ],
  [
    '/v1/live/sessions',
    'a session that is attached to',
    'application/json',
    async (response: Response) => ((await response.json()) as { id: string }).id,
    (id: string) => ({ path: `/v1/live/sessions/${id}/attach`, query: '' }),
  ],
  [
    '/v1/live/sessions',
    'a session that is forked',
    'application/json',
    async (response: Response) => ((await response.json()) as { id: string }).id,
    (id: string) => ({ path: `/v1/live/sessions/${id}/fork`, query: '' }),
  ],
] as const)('of %s: %s', async ([path, , type, idOf, target]) => {
  for (let n = 0; n < 10; n++) {
    const made = await post(latchkey, secret, path, '{"model":"m1"}', { headers: { 'content-type': type } })
    const at = upstreams.findIndex(({ seen }) => seen.at(-1)?.path === path)
    const opened = target(await idOf(made))
    const client = await openRealtime(latchkey, secret, opened)
    expect(last()[at]).toBe(opened.path + opened.query)
    client.socket.close(1000)
    await client.closed
    expect(await logInTime(latchkey, String(client.headers['x-request-id']))).toMatchObject({
      affinity: 'OBJECT',
    })
    for (const { seen } of upstreams) seen.length = 0
  }
})
