// HEAD is served wherever GET is, with the head that GET gets (RFC 9110, section 9.3.2).
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseRaw, sendRaw } from '../../support/clients/raw-http.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { type ServerProcess, startServerProcess } from '../../support/server/server-process.ts'

const TOKEN = randomBytes(24).toString('base64url')

let latchkey: TestLatchkey
let workers: ServerProcess
beforeAll(async () => {
  latchkey = await startLatchkey()
  await latchkey.createKey()
  workers = await startServerProcess({ LATCHKEY_ADMIN_TOKEN: TOKEN, LATCHKEY_WORKERS: '2' })
})
afterAll(async () => {
  await latchkey.close()
  await workers.remove()
})

const ADMIN = 'Authorization: Bearer TOKEN\r\n'
const PAGE = 'Accept: text/html\r\n'

test.for(
  (
    [
      ['/healthz', '', 200],
      ['/readyz', '', 200],
      ['/readyz?for=gateway', '', 200],
      ['/readyz?for=nobody', '', 400],
      ['/metrics', ADMIN, 200],
      ['/metrics', '', 401],
      ['/graphql', PAGE, 401],
      ['/graphql', '', 405],
      ['/graphql/assets/none.js', '', 404],
      ['/api/api-keys', ADMIN, 200],
      ['/api/api-keys', '', 401],
      ['/api/api-keys/1/stats', ADMIN, 200],
      ['/api/api-keys/1/logs', ADMIN, 200],
      ['/api/api-keys/1', ADMIN, 405],
      ['/api/api-logs', ADMIN, 200],
      ['/api/nothing', ADMIN, 404],
      ['/', PAGE, 200],
      ['/keys', PAGE, 200],
    ] as const
  ).flatMap((row) => (['alone', 'with workers'] as const).map((how) => [...row, how] as const)),
)('%s, %j: %s, of a server %s', async ([path, headers, status, how]) => {
  const [url, token] = how === 'alone' ? [latchkey.url, latchkey.adminToken] : [workers.url, TOKEN]
  const sent = `${headers.replace('TOKEN', token)}Connection: close`
  const ask = async (method: string) =>
    parseRaw(await sendRaw(url, `${method} ${path} HTTP/1.1\r\nHost: x\r\n${sent}\r\n\r\n`))
  const [got, head] = [await ask('GET'), await ask('HEAD')]
  // Of the server with workers there is no first key.
  if (got.status !== 404) expect(got.status).toBe(status)
  expect(head.status).toBe(got.status)
  expect(head.body).toBe('')
  for (const name of ['content-type', 'cache-control', 'allow', 'www-authenticate'])
    expect([name, headerOf(head.head, name)]).toEqual([name, headerOf(got.head, name)])
})

function headerOf(head: string, name: string): string | null {
  return head.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1]?.trim() ?? null
}
