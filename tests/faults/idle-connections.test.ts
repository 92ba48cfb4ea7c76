// Connections that send nothing, or send slowly: they hold up no other client, and are closed.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { residentBytes } from '../support/run/process-memory.ts'
import { chat, chatBody } from '../support/server/gateway-calls.ts'
import type { ServerProcess } from '../support/server/server-process.ts'
import { makeKey, openStation, type Station } from '../support/server/station.ts'

const MIB = 1024 * 1024
// As many as the limit on open files allows a process, with room for what else it has open.
const LIMIT = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1_024)
const CONNECTIONS = Math.min(10_000, LIMIT - 500)

let station: Station
let server: ServerProcess
let secret = ''

beforeAll(async () => {
  station = await openStation('sqlite')
  server = await station.start()
  secret = (await makeKey(station, server.url)).secret
})
afterAll(() => station.remove())

test.for([
  ['say nothing', ''],
  ['stop in the middle of their head', 'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-Slow: '],
] as const)(`${CONNECTIONS} connections that %s keep no one out, and are let go`, async ([, bytes]) => {
  const before = residentBytes(server.process.pid)
  const sockets = await openMany(CONNECTIONS, bytes)
  const responses = []
  for (let n = 0; n < 50; n++) responses.push((await chat(server, secret, { model: 'echo' })).status)
  expect(new Set(responses)).toEqual(new Set([200]))
  expect(residentBytes(server.process.pid) - before).toBeLessThan(400 * MIB)
  await expect
    .poll(() => sockets.filter((socket) => !socket.destroyed).length, { timeout: 90_000, interval: 500 })
    .toBe(0)
  expect((await chat(server, secret, { model: 'echo' })).status).toBe(200)
})

test('bodies that come slowly keep no one out', async () => {
  const body = chatBody({ model: 'echo' })
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const sockets = await openMany(Math.min(1_000, CONNECTIONS), head)
  const dripping = setInterval(() => {
    for (const socket of sockets) socket.write(' ')
  }, 100)
  const responses = []
  for (let n = 0; n < 50; n++) responses.push((await chat(server, secret, { model: 'echo' })).status)
  clearInterval(dripping)
  expect(new Set(responses)).toEqual(new Set([200]))
  for (const socket of sockets) socket.destroy()
})

/** In waves, since a listener's queue is short. */
async function openMany(count: number, bytes: string): Promise<Socket[]> {
  const { hostname, port } = new URL(server.url)
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const wave = Array.from({ length: Math.min(200, count - sockets.length) }, () => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('error', () => undefined)
      socket.resume()
      return socket
    })
    await Promise.all(wave.map((socket) => once(socket, 'connect')))
    for (const socket of wave) socket.write(bytes)
    sockets.push(...wave)
  }
  return sockets
}
