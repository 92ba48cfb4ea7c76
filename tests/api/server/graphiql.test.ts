// GraphiQL's page and files, as a browser requests them. That it runs is shown in tests/e2e.

import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let page: Response
let html: string
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  const cookie = await signIn(latchkey)
  page = await fetch(`${latchkey.url}/graphql`, { headers: { accept: 'text/html,*/*;q=0.8', cookie } })
  html = await page.text()
})
afterAll(() => latchkey.close())

test('the page loads nothing from elsewhere and runs no script of its own', () => {
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
  expect(page.headers.get('cache-control')).toBe('no-store')
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1])
  expect(links).toHaveLength(4)
  for (const link of links) expect(link).toMatch(/^\/graphql\/assets\/[a-z]+-[0-9a-f]{16}\.(js|css|ico)$/)
  expect(html).not.toMatch(/<script>/)
})

test('its files are there, compressed, and may be kept for ever', async () => {
  const names = [...html.matchAll(/\/graphql\/assets\/[^"]+/g)].map((match) => match[0])
  expect(names).toHaveLength(7)
  for (const name of names) {
    const plain = await raw(name, 'identity')
    const brotli = await raw(name, 'gzip, deflate, br')
    const gzip = await raw(name, 'gzip')
    expect([plain.status, brotli.status, gzip.status]).toEqual([200, 200, 200])
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect([brotli.headers['content-encoding'], gzip.headers['content-encoding']]).toEqual(['br', 'gzip'])
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true)
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
  }
}, 60_000)

test('a client that is not signed in gets the login page', async () => {
  const response = await fetch(`${latchkey.url}/graphql`, { headers: { accept: 'text/html' } })
  expect(response.status).toBe(401)
  expect(await response.text()).toContain('<a href="/">')
})

test('an admin token opens the page, which then needs no session', async () => {
  const open = (token: string) =>
    fetch(`${latchkey.url}/graphql`, { headers: { accept: 'text/html', authorization: `Bearer ${token}` } })
  const opened = await open(latchkey.adminToken)
  expect(opened.status).toBe(200)
  expect(await opened.text()).toContain('data-sign-in=""')
  expect(html).toContain('data-sign-in="/login?to=%2Fgraphql"')
  expect((await open('wrong')).status).toBe(401)
})

test('there are no other files', async () => {
  for (const path of ['', 'nothing.js', '..%2fhandler.ts', '%2e%2e/package.json']) {
    expect([path, (await raw(`/graphql/assets/${path}`, 'identity')).status]).toEqual([path, 404])
  }
  const post = await fetch(`${latchkey.url}/graphql/assets/x.js`, { method: 'POST' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

function raw(
  path: string,
  encoding: string,
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(`${latchkey.url}${path}`, { headers: { 'accept-encoding': encoding } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
      .on('error', reject)
      .end()
  })
}
