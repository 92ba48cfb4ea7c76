import { readdirSync, readFileSync } from 'node:fs'
import { Latchkey } from '@latchkey/sdk'
import { expect, it } from 'vitest'
import { curlCode, graphiqlHref, sdkCode, sdkMethods } from './api-code.ts'

const operation = {
  name: 'ListApiKeys',
  query: 'query ListApiKeys($first: Int) { apiKeys(first: $first) { totalCount } }',
  variables: { first: 25, after: null, filter: { search: "it's" } },
}

it.each(sdkMethods)('names a method that the SDK has: %s', (path) => {
  const client: unknown = new Latchkey({ url: 'http://latchkey.test', adminToken: 'x' })
  const method = path
    .split('.')
    .reduce<unknown>((place, name) => (place as Record<string, unknown> | undefined)?.[name], client)
  expect(method).toBeTypeOf('function')
})

// Before the sign-in, and what the frame asks for each screen, there is no API button.
const elsewhere = ['GetLinkedInvitation', 'GetPasswordLink', 'GetSignInOptions', 'GetSetup', 'GetViewer']

it('has SDK code for each query and subscription of the SDK', () => {
  const folder = new URL('../../../../sdk/operations/', import.meta.url)
  const texts = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'))
  const names = texts.flatMap((text) =>
    [...text.matchAll(/^(?:query|subscription) (\w+)/gm)].map(([, name = '']) => name),
  )
  expect(names).toContain('ListApiKeys')
  const variables = { input: { apiKeyId: 'key_1', ownerId: 'own_1' } }
  const without = names.filter((name) => sdkCode({ name, query: '', variables }) === null)
  expect(without.toSorted()).toEqual(elsewhere.toSorted())
})

it('writes a call of the SDK with the arguments that are set', () => {
  expect(sdkCode(operation)).toContain(`latchkey.keys.list({
  first: 25,
  filter: {
    search: "it's"
  }
})`)
  expect(sdkCode({ ...operation, name: 'Unknown' })).toBeNull()
})

it('hands curl the body whole', () => {
  expect(curlCode(operation, 'http://latchkey.test')).toContain(`it'\\''s`)
})

it('keeps the query out of what is sent to the server', () => {
  const { pathname, hash, search } = new URL(graphiqlHref(operation), 'http://latchkey.test')
  expect([pathname, search]).toEqual(['/graphql', ''])
  expect(new URLSearchParams(hash.slice(1)).get('query')).toBe(operation.query)
})

it('follows a subscription, and reads every page of what comes one by one', () => {
  const follow = {
    name: 'FollowFindings',
    query: 'subscription FollowFindings { findingChanged { changes { id } } }',
    variables: { filter: { code: ['KEY_UNUSED'] } },
  }
  expect(sdkCode(follow)).toContain('for await (const each of latchkey.findings.changes({')
  expect(curlCode(follow, 'http://latchkey.test')).toContain("-H 'Accept: text/event-stream'")
  expect(sdkCode({ ...follow, variables: {} })).toContain('latchkey.findings.changes())')
  expect(sdkCode({ ...operation, name: 'GetUsageByKey', variables: { order: 'COST' } })).toContain(
    'for await (const each of latchkey.usage.byKey({',
  )
})

it('hands over first what a method takes one by one, then the rest', () => {
  const variables = { ids: ['key_1'], hours: 24 }
  expect(sdkCode({ ...operation, name: 'GetApiKeyActivity', variables })).toContain(`latchkey.keys.activity([
  "key_1"
], {
  hours: 24
})`)
})

it.each([
  ['ExplainCall', { apiKeyId: 'key_1', model: 'm1' }, 'keys.explain("key_1", {\n  model: "m1"\n})'],
  [
    'BackTestKeyPolicy',
    { apiKeyId: 'key_1', policy: null, days: 7 },
    'keys.backTest("key_1", {\n  days: 7\n})',
  ],
  ['BackTestSharedPolicy', { ownerId: 'own_1' }, 'owners.backTest("own_1")'],
  ['BackTestSharedPolicy', { ownerId: null, labelLimitId: 'lim_1' }, 'labelLimits.backTest("lim_1")'],
  ['BackTestSharedPolicy', { label: { name: 'env', value: 'x' } }, 'labelLimits.backTestLabel({'],
])('hands over what %s takes as an input: %j', (name, input, call) => {
  expect(sdkCode({ name, query: '', variables: { input } })).toContain(`latchkey.${call}`)
})

it('calls a variable as the SDK does', () => {
  const variables = { id: 'key_1', range: { from: 'a', to: 'b' } }
  expect(sdkCode({ name: 'GetApiKeyUsage', query: '', variables })).toContain('usage({\n  apiKeyId: "key_1"')
})

it('asks the gateway with the key that the shell has', () => {
  const own = { name: 'GET /v1/key', query: '', variables: {}, restPath: '/v1/key?history_days=30' }
  expect(curlCode(own, 'http://latchkey.test')).toBe(
    `curl 'http://latchkey.test/v1/key?history_days=30' \\\n  -H "Authorization: Bearer $LATCHKEY_API_KEY"`,
  )
  expect(sdkCode(own)).toBeNull()
})
