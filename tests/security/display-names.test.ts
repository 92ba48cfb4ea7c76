// Names and descriptions that are listed have characters that can be seen, in the order in which they are stored: no two look alike,
// and none looks like another. domain/display-text.test.ts has the rule's table of code points.
import { mintSetupToken } from '@latchkey/server/auth/setup.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, rest } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

let latchkey: TestLatchkey
let keyId = ''
let setupToken = ''
beforeAll(async () => {
  latchkey = await startLatchkey()
  keyId = `key_${(await latchkey.createKey({ name: 'first' })).id}`
  setupToken = (await mintSetupToken(latchkey.app.store, Date.now)) ?? ''
})
afterAll(() => latchkey.close())

type UserError = { code: string; message: string }

async function mutate(field: string, input: Record<string, unknown>): Promise<UserError[]> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { userErrors { code message } } }`
  const { data, errors } = await graphql(latchkey, query, { input }, { token: latchkey.adminToken })
  expect(errors).toBeUndefined()
  return data[field].userErrors
}

async function refusalOf(body: Record<string, unknown>): Promise<UserError[]> {
  const { body: received } = await rest(latchkey, 'POST', '/api/api-keys', body)
  return received.error === undefined ? [] : [{ code: 'INVALID', message: received.error.message }]
}

const upstream = (credential: string) => ({
  name: `up-${Math.random().toString(36).slice(2)}`,
  kind: 'OPENAI',
  credentials: [{ name: credential, secret: 'sk-1' }],
})

/** Every place where somebody writes a name that is listed. */
const PLACES: [string, (text: string) => Promise<UserError[]>][] = [
  ['the name of a new key', (text) => mutate('createApiKey', { name: text })],
  ['the name of a new key, by REST', (text) => refusalOf({ name: text })],
  ['the description of a new key', (text) => mutate('createApiKey', { name: 'x', description: text })],
  ['the description of a new key, by REST', (text) => refusalOf({ name: 'x', description: text })],
  ['the name of a key', (text) => mutate('updateApiKey', { id: keyId, name: text })],
  ['the description of a key', (text) => mutate('updateApiKey', { id: keyId, description: text })],
  ['the name of an upstream', (text) => mutate('createUpstream', { ...upstream('x'), name: text })],
  ['the name of a credential', (text) => mutate('createUpstream', upstream(text))],
  [
    'the name of a model',
    (text) => mutate('createModel', { name: text, routes: [{ upstreamId: 'up_1', upstreamModel: 'm' }] }),
  ],
  [
    'the name of a model at an upstream',
    (text) => mutate('createModel', { name: 'm', routes: [{ upstreamId: 'up_1', upstreamModel: text }] }),
  ],
  [
    'the username of the first admin',
    (text) =>
      mutate('completeSetup', { token: setupToken, username: text, password: 'correct horse battery' }),
  ],
]

const REFUSED: [string, string][] = [
  ['a right-to-left override', 'admin\u202egnillib'],
  ['an isolate', 'billing\u2066x\u2069'],
  ['a right-to-left mark', 'billing\u200f'],
  ['a zero width space', 'bill\u200bing'],
  ['a joiner between letters', 'bill\u200ding'],
  ['a byte order mark within', 'bill\ufeffing'],
  ['a soft hyphen', 'bill\u00ading'],
  ['a Hangul filler', 'bill\u3164ing'],
  ['tags', 'billing\u{e0061}\u{e0062}'],
]

describe.for(PLACES)('%s', ([, write]) => {
  test.for(REFUSED)('takes no text with %s', async ([, text]) => {
    const errors = await write(text)
    expect(errors.map(({ code }) => code)).toContain('INVALID')
    expect(JSON.stringify(errors)).not.toContain(text)
  })
})

const ANY_SCRIPT = PLACES.filter(([place]) => !/name of an upstream|username/.test(place))

test.for(ANY_SCRIPT)('%s takes Chinese, Arabic and an emoji of several code points', async ([, write]) => {
  for (const text of ['计费服务', 'خدمة-الفواتير', 'می\u200cخواهم', '👩🏽\u200d🚀']) {
    const errors = await write(text)
    // A route to an upstream that is not there is refused for that.
    expect(
      errors.filter(({ message }) => message.includes('cannot be seen')),
      text,
    ).toEqual([])
  }
})
