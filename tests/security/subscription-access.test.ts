// A subscription goes on for minutes: whoever loses what it needs is shown nothing more.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, PASSWORD, sessionHeaders } from '../support/api/client.ts'
import { signedInAs } from '../support/api/people.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

let latchkey: TestLatchkey
let key: { id: number; secret: string }
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  key = await latchkey.createKey({ name: 'watched' })
})
afterAll(() => latchkey.close())

const SUBSCRIPTIONS = {
  requestLogTail: 'subscription { requestLogTail { logs { id } dropped } }',
  apiKeyChanged: 'subscription { apiKeyChanged { changes { id apiKey { name } } dropped } }',
  findingChanged: 'subscription { findingChanged { changes { id } dropped } }',
}
type Name = keyof typeof SUBSCRIPTIONS
const NAMES = Object.keys(SUBSCRIPTIONS) as Name[]

/** `body`: the whole of it, once it has ended. `until`: what came until this did, which closes it. */
type Stream = { body: Promise<string>; until(part: string): Promise<string> }

/** Opens one. */
async function open(name: Name, headers: Record<string, string>): Promise<Stream> {
  const sent = request(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
  })
  sent.on('error', () => undefined)
  sent.end(JSON.stringify({ query: SUBSCRIPTIONS[name] }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(200)
  let text = ''
  response.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const body = once(response, 'close').then(() => text)
  return {
    body,
    async until(part) {
      while (!text.includes(part)) await Promise.race([once(response, 'data'), body])
      sent.destroy()
      return text
    },
  }
}

/** Something that each of them would show. */
async function happen(): Promise<void> {
  await call(latchkey, key.secret)
  await latchkey.createKey({ name: 'hidden from them' })
}

/** Whether a stream has shown anything but that it is there. */
const shown = (body: string) =>
  body.includes('hidden from them') || /"logs":\[\{/.test(body) || body.includes('KEY_WITHOUT_LIMITS')

let made = 0
async function newToken(scopes = ['logs:read', 'keys:read', 'alerts:read']) {
  const { data } = await latchkey.graphql(
    `mutation ($input: CreateAdminTokenInput!) {
      createAdminToken(input: $input) { adminToken { id } token userErrors { message } }
    }`,
    { input: { name: `subscriber ${++made}`, scopes } },
  )
  const { adminToken, token } = data.createAdminToken
  return { id: adminToken.id as string, headers: { authorization: `Bearer ${token}` } }
}

async function change(
  mutation: string,
  input: Record<string, unknown>,
  type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`,
): Promise<void> {
  const { data, errors } = await latchkey.graphql(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { message } } }`,
    { input },
  )
  expect([errors, data?.[mutation].userErrors]).toEqual([undefined, []])
}

/** All of them end, by themselves, with `complete`, and have shown nothing. */
async function expectEnded(streams: Stream[]): Promise<void> {
  for (const { body } of streams) {
    const text = await body
    expect([text.trimEnd().endsWith('event: complete\ndata:'), shown(text)]).toEqual([true, false])
  }
}

const openAll = (headers: Record<string, string>) => Promise.all(NAMES.map((name) => open(name, headers)))

describe('the subscriptions of a token', () => {
  test('end when it is revoked, and show nothing that happens afterwards', async () => {
    const { id, headers } = await newToken()
    const streams = await openAll(headers)
    await change('revokeAdminToken', { id })
    await happen()
    await expectEnded(streams)
  })

  test('end when it is revoked though nothing happens', async () => {
    const { id, headers } = await newToken()
    const streams = await openAll(headers)
    await change('revokeAdminToken', { id })
    await expectEnded(streams)
  })

  test('end when its scopes or owners change', async () => {
    const narrowed = await newToken()
    const bound = await newToken()
    const streams = [...(await openAll(narrowed.headers)), ...(await openAll(bound.headers))]
    await change('updateAdminToken', { id: narrowed.id, scopes: ['logs:read'] })
    const { data } = await latchkey.graphql(
      'mutation { createOwner(input: { name: "bound" }) { owner { id } } }',
    )
    await change('updateAdminToken', { id: bound.id, ownerIds: [data.createOwner.owner.id] })
    await happen()
    await expectEnded(streams)
  })

  test('go on when another token is revoked', async () => {
    const { headers } = await newToken()
    const other = await newToken()
    const stream = await open('apiKeyChanged', headers)
    await change('revokeAdminToken', { id: other.id })
    await happen()
    expect(await stream.until('hidden from them')).toContain('event: next')
  })
})

describe('the subscriptions of a session', () => {
  test('end when the session is ended, and when its admin is disabled or demoted', async () => {
    const people = await Promise.all(
      ['signs-out', 'is-disabled', 'is-demoted'].map((name) => signedInAs(latchkey, 'ADMIN', name)),
    )
    const [leaving, disabled, demoted] = people
    const streams = (await Promise.all(people.map(({ cookie }) => openAll(sessionHeaders(cookie))))).flat()
    const response = await fetch(`${latchkey.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...sessionHeaders(leaving?.cookie ?? '') },
      body: JSON.stringify({ query: 'mutation { signOut { __typename } }' }),
    })
    expect(await response.json()).toMatchObject({ data: {} })
    await change('disableAdmin', { id: disabled?.id }, 'AdminIdInput')
    await change('updateAdmin', { id: demoted?.id, role: 'VIEWER' })
    await happen()
    await expectEnded(streams)
  })
})
