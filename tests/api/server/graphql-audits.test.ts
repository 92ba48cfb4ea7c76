// The audits of GraphQL over HTTP that the specification's own package makes, of a server that the client is signed in at.
import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, sessionHeaders, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
})
afterAll(() => latchkey.close())

/** The audits that fail, each with its reason. */
async function failures(headers: Record<string, string>): Promise<string[]> {
  const audits = serverAudits({
    url: `${latchkey.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...headers, ...Object.fromEntries(new Headers(init.headers)) } }),
  })
  expect(audits.length).toBeGreaterThan(50)
  const results = await Promise.all(audits.map(({ fn }) => fn()))
  return results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.name}: ${JSON.stringify(result.reason)}`],
  )
}

test('none fails for an admin token', async () => {
  const authorization = `Bearer ${latchkey.adminToken}`
  expect(await failures({ authorization, 'x-graphql-csrf': '1' })).toEqual([])
})

test('of a session, those of GET alone fail, which is for tokens', async () => {
  const failed = await failures(sessionHeaders(await signIn(latchkey)))
  expect(failed.filter((name) => !/^MAY .*\bGETs? /.test(name))).toEqual([])
})
