// What one worker's response has made is known to every worker, and to every process after it.
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { graphql } from '../../support/api/client.ts'
import { post } from '../../support/server/gateway-calls.ts'
import { makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import type { ServerProcess } from '../../support/server/server-process.ts'
import { makeKey, openStation, type Station } from '../../support/server/station.ts'
import { type ObjectUpstream, startObjectUpstream } from '../../support/upstreams/object-upstream.ts'

const FOLLOW_UPS = 60

let station: Station
let server: ServerProcess
let secret = ''
let model = ''
let upstreams: ObjectUpstream[] = []

beforeAll(async () => {
  upstreams = [await startObjectUpstream(), await startObjectUpstream()]
  station = await openStation(inject('database'), { env: { LATCHKEY_WORKERS: '3' } })
  server = await station.start()
  secret = (await makeKey(station, server.url)).secret
  const admin = {
    graphql: (query: string, variables: Record<string, unknown> = {}) =>
      graphql(server, query, variables, { token: station.adminToken }),
  }
  const routes = []
  for (const [at, { baseUrl }] of upstreams.entries()) {
    const credentials = [{ secret: `sk-credential-of-upstream-${at}` }]
    const { id } = await makeUpstream(admin, baseUrl, { kind: 'OPENAI', credentials })
    routes.push({ upstream: id, upstreamModel: 'there', priority: 0 })
  }
  model = await makeModel(admin, routes)
})
afterAll(async () => {
  await station.remove()
  for (const upstream of upstreams) await upstream.close()
})

// Without a kept connection each call goes to whichever worker is next.
const respond = async (fields: object, stream = false) => {
  const body = JSON.stringify({ model, input: 'hello', stream, ...fields })
  const reply = await post(server, secret, '/v1/responses', body, { headers: { connection: 'close' } })
  return { status: reply.status, text: await reply.text() }
}
const idIn = (text: string) => /"id":"(o-[^"]+)"/.exec(text)?.[1] ?? ''
const read = async (path: string) =>
  (await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${secret}` } })).status

test.for([false, true])(
  'a follow-up over another worker goes where the response was made, streamed: %s',
  async (stream) => {
    const outcomes = await Promise.all(
      Array.from({ length: FOLLOW_UPS }, async () => {
        const first = await respond({}, stream)
        return (await respond({ previous_response_id: idIn(first.text) }, stream)).status
      }),
    )
    expect(outcomes.filter((status) => status !== 200)).toEqual([])
  },
)

test('after a stop and a start, and for a file even after a kill', async () => {
  const responses = await Promise.all(Array.from({ length: 6 }, async () => idIn((await respond({})).text)))
  await server.stop()
  server = await station.start()
  for (const id of responses) expect(await read(`/v1/responses/${id}`)).toBe(200)
  const file = await post(server, secret, '/v1/files', JSON.stringify({ purpose: 'batch' }))
  const id = idIn(await file.text())
  await server.kill()
  server = await station.start({ LATCHKEY_WORKERS: '1' })
  expect(await read(`/v1/files/${id}`)).toBe(200)
  for (const response of responses)
    expect((await respond({ previous_response_id: response })).status).toBe(200)
})
