// What the documents show as code runs as it stands: each block of TypeScript and GraphQL, against one server.
// A block that cannot run has a comment above it that says why: `<!-- not run: … -->`.

import { lookup } from 'node:dns'
import { existsSync, rmSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { resolve } from 'node:path'
import * as sdk from '@latchkey/sdk'
import OpenAI from 'openai'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'
import { chat } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

type Recipe = { at: string; language: string; code: string }

const BLOCK = /(?:<!-- not run: (?<reason>.+?) -->\n)?^```(?<language>ts|graphql)\n(?<code>[\s\S]*?)^```$/gm
const MODULES: Record<string, object> = { '@latchkey/sdk': sdk, openai: { default: OpenAI } }
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
/** Loops over these end with their stream alone. */
const ENDLESS = /\.(?:tail|changes)\(/

let latchkey: TestLatchkey
let client: sdk.Latchkey
let secret = ''
beforeAll(async () => {
  latchkey = await startLatchkey({
    alertTimer: false,
    env: { LATCHKEY_DEFAULT_MODEL: 'echo' },
    // The places that recipes name are nobody's.
    lookup: (name, options, callback) =>
      /example\.com$|openai\.com$/.test(name)
        ? callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), [])
        : lookup(name, options, callback),
  })
  vi.stubEnv('LATCHKEY_URL', latchkey.url)
  vi.stubEnv('LATCHKEY_ADMIN_TOKEN', latchkey.adminToken)
  vi.stubEnv('LATCHKEY_WEBHOOK_SECRET', SIGNING)
  vi.stubEnv('OPENAI_KEY', 'sk-of-nobody')
  client = new sdk.Latchkey()
  secret = (await client.keys.create({ name: 'of the recipes' })).secret
  await client.backups.create()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await latchkey.close()
})
// Names are taken once, and recipes have the same. The last recipe may still be at work where its stream has no end.
beforeEach(() =>
  vi.waitFor(async () => {
    for await (const { id } of client.alerts.rules.list()) await client.alerts.rules.delete(id)
    for await (const { id } of client.alerts.channels.list()) await client.alerts.channels.delete(id)
  }),
)

const recipes = repositoryFiles('*.md', ':!CHANGELOG.md', ':!*.zh-CN.md').flatMap(recipesIn)

test('there are recipes in many documents', () => {
  expect(new Set(recipes.map(({ at }) => at.split(':')[0])).size).toBeGreaterThan(6)
})

test('each noun of the SDK is in one', () => {
  const shown = repositoryText('docs/reference/sdk.md')
  expect(Object.keys(client).filter((noun) => !shown.includes(`latchkey.${noun}.`))).toEqual([])
})

test.each(recipes)('$at', async ({ language, code }) => {
  if (language === 'graphql') {
    const { data, errors } = await latchkey.graphql(code)
    expect(errors).toBeUndefined()
    for (const payload of Object.values<{ userErrors?: unknown }>(data))
      expect(payload.userErrors ?? []).toEqual([])
    return
  }
  const printed: unknown[][] = []
  const running = run(code, (...values) => void printed.push(values))
  if (!ENDLESS.test(code)) return running
  // It goes on until the server stops, which is no fault of the recipe.
  let failed: unknown
  running.catch((error: unknown) => {
    failed = error
  })
  await vi.waitFor(
    async () => {
      const { apiKey } = await client.keys.create({ name: 'without limits' })
      const [newest] = (await client.keys.list({ filter: { search: 'ci' }, first: 1 })).items
      await client.keys.update(apiKey.id, { name: 'changed' })
      if (newest !== undefined) await chat(latchkey, (await client.keys.rotate(newest.id)).secret)
      expect(failed).toBeUndefined()
      expect(printed.length).toBeGreaterThan(0)
    },
    { timeout: 20_000, interval: 200 },
  )
})

/** Runs a block as a module would, with what its document has said before it. */
async function run(code: string, print: (...values: unknown[]) => void): Promise<void> {
  const body = stripTypeScriptTypes(code)
    .replaceAll('http://127.0.0.1:8000', latchkey.url)
    .replaceAll(/YOUR_KEY|sk-…/g, secret)
    .replaceAll(/^import (\w+) from '(.+)'$/gm, "const $1 = modules['$2'].default")
    .replaceAll(/^import (\{.+\}) from '(.+)'$/gm, "const $1 = modules['$2']")
  const given = { modules: MODULES, console: { log: print }, latchkey: client, client, ...aWebhook() }
  const others = { ask: async () => '123456', keepSecret: async () => undefined }
  // A recipe declares some of these itself.
  const scope = Object.entries({ ...given, ...others })
  const Run = (async () => undefined).constructor as FunctionConstructor
  await Run(...scope.map(([name]) => name), `{ ${body}\n }`)(...scope.map(([, value]) => value))
  for (const { id } of (await client.backups.list()).items)
    if (existsSync(resolve(`${id}.tar`))) rmSync(resolve(`${id}.tar`))
}

/** What a receiver of webhooks has: a body and the headers of its request. */
function aWebhook() {
  const body = JSON.stringify({ type: 'alert.test', timestamp: new Date().toISOString(), data: {} })
  const at = new Date()
  const headers = {
    'webhook-id': 'ald_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(SIGNING).sign('ald_1', at, body),
  }
  return { body, request: { headers } }
}

function recipesIn(file: string): Recipe[] {
  const text = repositoryText(file)
  return [...text.matchAll(BLOCK)].flatMap(({ groups = {}, index }) => {
    const { reason, language = '', code = '' } = groups
    const at = `${file}:${text.slice(0, index).split('\n').length}`
    return reason === undefined ? [{ at, language, code }] : []
  })
}
