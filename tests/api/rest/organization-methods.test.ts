// Every method of OpenAI's admin API, found in the SDK's own classes, with an admin token.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_OUTCOMES } from '../../support/clients/sdk/admin-outcomes.ts'
import { argumentsOf } from '../../support/clients/sdk/sdk-arguments.ts'
import { callMethod, sdkMethods } from '../../support/clients/sdk/sdk-methods.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const methods = sdkMethods().filter(({ name }) => name.startsWith('admin.'))

let latchkey: TestLatchkey
let admin: OpenAI
beforeAll(async () => {
  latchkey = await startLatchkey()
  const adminAPIKey = latchkey.adminToken
  admin = new OpenAI({ adminAPIKey, apiKey: 'none', baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
})
afterAll(async () => {
  await latchkey.close()
})

test('each method has its row in the table, so that one of a newer SDK is decided about', () => {
  expect(methods.map(({ name }) => name).toSorted()).toEqual([...ADMIN_OUTCOMES.keys()].toSorted())
})

test.each(methods)('$name', async (method) => {
  const [args = []] = await argumentsOf(method)
  const result = await Promise.resolve(callMethod(admin, method.name, args)).catch(
    (thrown: unknown) => thrown,
  )
  if (ADMIN_OUTCOMES.get(method.name) === 'SERVED') {
    // The arguments are of no endpoint: the most are refused, but by the endpoint itself.
    const code = result instanceof OpenAI.APIError ? result.code : null
    expect([null, 'not_found']).toContain(code)
    if (result instanceof OpenAI.APIError) expect([400, 404]).toContain(result.status)
  } else {
    expect(result).toBeInstanceOf(OpenAI.NotFoundError)
    expect(result).toMatchObject({
      code: 'unsupported_endpoint',
      type: 'invalid_request_error',
      message: expect.stringContaining('This gateway has no '),
    })
  }
})

test('the reference names each resource that has no counterpart', () => {
  const text = readFileSync(join(repositoryRoot, 'docs/reference/organization-api.md'), 'utf8')
  const [, without = ''] = text.split('## What has no counterpart')
  for (const [name, outcome] of ADMIN_OUTCOMES) {
    const resource = name.split('.').at(-2) ?? ''
    const path = resource === 'usage' ? 'vector_stores' : resource.replace(/[A-Z]+/g, '_$&').toLowerCase()
    if (outcome === 'NONE') expect(without, name).toContain(path)
  }
})
