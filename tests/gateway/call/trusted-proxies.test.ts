// The address of a client is taken from a trusted proxy, and from nobody else.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD, SIGN_IN } from '../../support/api/client.ts'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime, logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'

// A client, with what it made up before it came to the proxy.
const SPOOFED = '198.51.100.1, 10.0.0.7'
const CLIENT = '203.0.113.9'

let behindProxy: TestLatchkey
let bare: TestLatchkey
let peers: Awaited<ReturnType<typeof startRealtimeUpstream>>

beforeAll(async () => {
  peers = await startRealtimeUpstream()
  const env = { LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_UPSTREAM_URL: peers.baseUrl }
  behindProxy = await startLatchkey({
    env: { ...env, LATCHKEY_TRUSTED_PROXIES: '127.0.0.1, ::1, 10.0.0.0/8' },
  })
  bare = await startLatchkey({ env })
})
afterAll(async () => {
  await Promise.all([behindProxy.close(), bare.close()])
  await peers.close()
})

const from = (forwardedFor: string) => ({ 'x-forwarded-for': forwardedFor })

/** The client address of a call on each front of the gateway: the fast lane, node:http, and a WebSocket. */
async function addresses(latchkey: TestLatchkey, secret: string, headers: Record<string, string>) {
  const lane = await chat(latchkey, secret, {}, { headers })
  const node = await fetch(`${latchkey.url}/v1/models`, {
    headers: { authorization: `Bearer ${secret}`, ...headers },
  })
  const session = await openRealtime(latchkey, secret, { headers })
  session.socket.close(1000)
  const logs = [
    await logOf(latchkey, lane),
    await logOf(latchkey, node),
    await logInTime(latchkey, String(session.headers['x-request-id'])),
  ]
  return logs.map(({ clientIp }) => clientIp)
}

describe('behind a trusted proxy', () => {
  test.for([
    [{}, '127.0.0.1'],
    [from(CLIENT), CLIENT],
    [from(`${SPOOFED}, ${CLIENT}`), CLIENT],
    [from(`${SPOOFED}, ${CLIENT}:4711, 10.0.0.9`), CLIENT],
    [from(`${CLIENT}, [2001:db8::9]:443`), '2001:db8::9'],
    [from(`${CLIENT}, unknown`), null],
    [{ forwarded: `for=${CLIENT}` }, '127.0.0.1'],
    [{ 'x-real-ip': CLIENT }, '127.0.0.1'],
  ] as const)('a call with %j is of %s', async ([headers, expected]) => {
    const { secret } = await behindProxy.createKey()
    expect(await addresses(behindProxy, secret, headers)).toEqual([expected, expected, expected])
  })

  test('each call on one connection is of its own client', async () => {
    const { secret } = await behindProxy.createKey()
    for (const client of [CLIENT, '198.51.100.7', CLIENT]) {
      const response = await chat(behindProxy, secret, {}, { headers: from(client) })
      expect((await logOf(behindProxy, response)).clientIp).toBe(client)
      await response.arrayBuffer()
    }
  })

  test('a key’s addresses are its clients’, and one that is not known is none of them', async () => {
    const { secret } = await makeRuledKey(behindProxy, {
      addresses: { allow: ['203.0.113.0/24', '198.51.100.1', '127.0.0.1'] },
    })
    const status = async (forwardedFor: string) =>
      (await chat(behindProxy, secret, {}, { headers: from(forwardedFor) })).status
    expect(await status(`${SPOOFED}, ${CLIENT}`)).not.toBe(403)
    expect(await status(`${CLIENT}, 192.0.2.1`)).toBe(403)
    expect(await status('unknown')).toBe(403)
  })

  test('an admin is slowed down by its own address, and the trail has it', async () => {
    const codes = async (network: string, count: number) => {
      const made: string[] = []
      for (let n = 0; n < count; n++) {
        const input = { username: `nobody-${network}-${n}`, password: 'wrong password' }
        const headers = from(`198.51.100.${n}, ${network}.9`)
        const { data } = await graphql(behindProxy, SIGN_IN, { input }, { headers })
        made.push(data.signIn.userErrors[0].code)
      }
      return new Set(made)
    }
    expect(await codes('203.0.113', 60)).toContain('THROTTLED')
    expect(await codes('192.0.2', 1)).not.toContain('THROTTLED')
    const events = await behindProxy.app.store.prisma.auditEvent.findMany({
      where: { action: 'admin.sign_in_failed' },
    })
    expect(new Set(events.map(({ ip }) => ip))).toEqual(new Set(['203.0.113.9', '192.0.2.9']))
  })
})

test('without trusted proxies the connection alone says where a call comes from', async () => {
  const { secret } = await bare.createKey()
  const headers = { ...from(CLIENT), forwarded: `for=${CLIENT}`, 'x-real-ip': CLIENT }
  expect(await addresses(bare, secret, headers)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1'])
  await fetch(`${bare.url}/api/api-keys`, {
    method: 'POST',
    headers: {
      ...headers,
      authorization: `Bearer ${bare.adminToken}`,
      'content-type': 'application/json',
    },
    body: '{"name":"from-far"}',
  })
  const [event] = await bare.app.store.prisma.auditEvent.findMany({ orderBy: { id: 'desc' }, take: 1 })
  expect(event).toMatchObject({ targetLabel: 'from-far', ip: '127.0.0.1' })
})
