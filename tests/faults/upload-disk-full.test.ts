// A disk that has no room for a form: the client is told, nothing is sent on, and the next call succeeds.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { LIMITABLE, limitFileSize } from '../support/run/file-size-limit.ts'
import { chat, errorOf } from '../support/server/gateway-calls.ts'
import { makeKey, openStation } from '../support/server/station.ts'
import { json, startUpstream } from '../support/upstreams/upstream.ts'

const MIB = 1024 * 1024
const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test('a form for which the disk has no room is a 507, and what a crash has left of one is removed at the start', async () => {
  const upstream = await startUpstream((_request, response) =>
    json(response, 200, { text: 'Hi', choices: [] }),
  )
  cleanups.push(upstream.close)
  const station = await openStation('postgresql', { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  cleanups.push(station.remove)
  const folder = join(station.dataDir, 'spool')
  mkdirSync(folder)
  writeFileSync(join(folder, '0190aaaa-0000-4000-8000-000000000000.body'), 'left')
  writeFileSync(join(folder, 'of-somebody-else'), 'kept')
  const server = await station.start({}, LIMITABLE)
  cleanups.push(server.kill)
  expect(readdirSync(folder)).toEqual(['of-somebody-else'])

  const { secret } = await makeKey(station, server.url)
  const send = () => {
    const body = new FormData()
    body.set('file', new Blob([Buffer.alloc(8 * MIB)]), 'a.mp3')
    body.set('model', 'm1')
    const headers = { authorization: `Bearer ${secret}` }
    return fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', headers, body })
  }
  limitFileSize(server, 4 * MIB)
  const refused = await send()
  expect(refused.status).toBe(507)
  expect(await errorOf(refused)).toMatchObject({ code: 'upload_space_full', type: 'server_error' })
  expect(upstream.received).toEqual([])
  expect((await chat(server, secret)).status).toBe(200)

  limitFileSize(server, 'unlimited')
  expect((await send()).status).toBe(200)
  expect(upstream.received.at(-1)?.body.length).toBeGreaterThan(8 * MIB)
  expect(existsSync(folder) && readdirSync(folder)).toEqual(['of-somebody-else'])
})
