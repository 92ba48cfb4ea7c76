// Client secrets with workers: one that a worker has made opens a session at each of them.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { post } from '../../support/server/gateway-calls.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import type { ServerProcess } from '../../support/server/server-process.ts'
import { openStation, type Station } from '../../support/server/station.ts'
import { expectEnded, workersOf } from '../../support/server/worker-processes.ts'
import { type SecretUpstream, startSecretUpstream } from '../../support/upstreams/secret-upstream.ts'

let upstream: SecretUpstream
let station: Station
let running: ServerProcess
let server: { url: string; adminToken: string }
beforeAll(async () => {
  upstream = await startSecretUpstream(['sk-workers'])
  station = await openStation(inject('database'), {
    env: {
      LATCHKEY_WORKERS: '3',
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_UPSTREAM_KEY: 'sk-workers',
    },
  })
  await start()
})
afterAll(async () => {
  await station.remove()
  await upstream.close()
})

async function start(): Promise<void> {
  running = await station.start()
  server = { url: running.url, adminToken: station.adminToken }
}

const CHAT = JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hello' }] })
const body = JSON.stringify({ session: { model: 'gpt-realtime' } })

async function make(secret: string): Promise<string> {
  const response = await post(server, secret, '/v1/realtime/client_secrets', body)
  return ((await response.json()) as { value: string }).value
}

const open = (value: string) => openRealtime(server, value, { query: '' })

test('it opens sessions at every worker, and counts for its key', async () => {
  const key = await makeRuledKey(server, { concurrency: { maxCalls: 6 } })
  const value = await make(key.secret)
  // Each connection goes to the next worker.
  const clients = []
  for (let n = 0; n < 6; n++) clients.push(await open(value))
  await expect(open(value)).rejects.toThrow('429')
  await expect(open(`ek_${'0'.repeat(32)}`)).rejects.toThrow('401')
  for (const { socket } of clients) socket.close(1000)
  await Promise.all(clients.map(({ closed }) => closed))
})

test('one of the playground is known to every worker, until its key is disabled', async () => {
  const { keys } = new Latchkey(server)
  const key = await makeRuledKey(server, null)
  const { secret } = await keys.createPlaygroundSecret(key.id)
  const status = async () => (await post(server, secret, '/v1/chat/completions', CHAT)).status
  const statuses = () => Promise.all([1, 2, 3, 4, 5, 6].map(status))
  expect(await statuses()).toEqual(Array(6).fill(200))
  await keys.disable(key.id)
  expect(await statuses()).toEqual(Array(6).fill(401))
})

test('it ends with its key, at every worker', async () => {
  const { keys } = new Latchkey(server)
  const key = await makeRuledKey(server, null)
  const value = await make(key.secret)
  const clients = [await open(value), await open(value), await open(value)]
  expect((await keys.revoke(key.id, { abortInFlightCalls: true })).abortedCalls).toBe(3)
  for (const { closed } of clients) expect(await closed).toMatchObject({ code: 1008 })
  for (let n = 0; n < 3; n++) await expect(open(value)).rejects.toThrow('401')
})

test('a worker that is new knows it, and so does a server that is new, for its key and until it expires', async () => {
  const key = await makeRuledKey(server, null)
  const value = await make(key.secret)
  const before = workersOf(running)
  for (const pid of before) process.kill(pid, 'SIGKILL')
  await expectEnded(before)
  await expect
    .poll(() => open(value).then(({ socket }) => socket.close(1000), String), { timeout: 30_000 })
    .toBe(undefined)
  await running.stop()
  await start()
  const { socket, closed } = await open(value)
  socket.close(1000)
  await closed
  await new Latchkey(server).keys.revoke(key.id)
  await expect(open(value)).rejects.toThrow('401')
})
