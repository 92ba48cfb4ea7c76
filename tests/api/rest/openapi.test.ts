// The OpenAPI document: linted, and held to what the server does. Each operation's example is sent, and each response must be as
// the document says, with no member more.
import { Latchkey } from '@latchkey/sdk'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makeRuledKey, type RuledKey } from '../../support/server/ruled-keys.ts'

type Schema = Record<string, unknown>
type Parameter = { name: string; schema: Schema; example?: string | number }
type Operation = {
  operationId: string
  security: Record<string, unknown>[]
  parameters?: Parameter[]
  requestBody?: { content: { 'application/json': { schema: Schema; example: unknown } } }
  responses: Record<string, { content: { 'application/json': { schema: Schema; example: unknown } } }>
}
type Document = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

let latchkey: TestLatchkey
let document: Document
let text: string

beforeAll(async () => {
  latchkey = await startLatchkey()
  const response = await fetch(`${latchkey.url}/openapi.json`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  text = await response.text()
  document = JSON.parse(text) as Document
})
afterAll(async () => {
  await latchkey.close()
})

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })

function expectValid(schema: Schema, value: unknown, where: string) {
  const valid = ajv.validate(schema, value)
  expect(valid ? [] : ajv.errors, where).toEqual([])
}

function operations() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => 'operationId' in operation)
      .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
}

test('passes the recommended rules of the linter', async () => {
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config })
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
  expect(document.openapi).toMatch(/^3\.1\./)
})

test('has every path and method of /api, and what a key may ask about itself', () => {
  expect(
    operations()
      .map(({ path, method }) => `${method} ${path}`)
      .sort(),
  ).toEqual([
    'DELETE /api/api-keys/{key_id}',
    'GET /api/api-keys',
    'GET /api/api-keys/{key_id}/logs',
    'GET /api/api-keys/{key_id}/stats',
    'GET /api/api-logs',
    'GET /v1/key',
    'GET /v1/key/logs',
    'POST /api/api-keys',
    'POST /api/api-keys/{key_id}/revoke',
    'POST /v1/key/rotate',
  ])
})

test('each example works, and its response is as the document says', async () => {
  const { keys, owners } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { id: ownerId } = await owners.create({
    name: 'shares a budget',
    policy: {
      limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1_000 }],
      budgets: [{ window: 'MONTH', limitUsd: '50', unpriced: 'ALLOW' }],
    },
  })
  for (const { path, method, operation } of operations()) {
    const key = await makeRuledKey(latchkey, {
      limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }],
      budgets: [{ window: 'MONTH', limitUsd: '5', unpriced: 'ALLOW' }],
      models: { deny: ['secret-*'] },
      selfRotation: true,
    })
    await keys.update(key.id, { ownerId })
    for (let n = 0; n < 2; n++) await chat(latchkey, key.secret, { model: 'echo' })
    const response = await send(path, method, operation, key, exampleQuery(operation))
    const body: unknown = await response.json()
    expect([operation.operationId, response.status, body]).toEqual([operation.operationId, 200, body])
    const { schema, example } = operation.responses[200]?.content['application/json'] ?? {}
    expectValid(schema ?? {}, body, operation.operationId)
    expectValid(schema ?? {}, example, `${operation.operationId}: its example`)
    const sent = operation.requestBody?.content['application/json']
    if (sent !== undefined) expectValid(sent.schema, sent.example, `${operation.operationId}: its body`)
  }
})

test('each bound of a parameter is the one that is checked, and the error is as the document says', async () => {
  const key = await makeRuledKey(latchkey, { selfRotation: true })
  let checked = 0
  for (const { path, method, operation } of operations()) {
    for (const { name, schema } of operation.parameters ?? []) {
      const { minimum, maximum } = schema
      if (typeof minimum !== 'number' || typeof maximum !== 'number') continue
      for (const [value, status] of [
        [minimum - 1, 400],
        [minimum, 200],
        [maximum, 200],
        [maximum + 1, 400],
      ]) {
        const response = await send(path, method, operation, key, `?${name}=${value}`)
        const body: unknown = await response.json()
        expect([operation.operationId, name, value, response.status]).toEqual([
          operation.operationId,
          name,
          value,
          status,
        ])
        const form = 'apiKey' in (operation.security[0] ?? {}) ? 'GatewayError' : 'AdminError'
        if (status === 400) expectValid(document.components.schemas[form] ?? {}, body, name)
        checked++
      }
    }
    const unknown = await send(path, method, operation, key, '?no_such_parameter=1')
    expect([operation.operationId, unknown.status]).toEqual([operation.operationId, 400])
  }
  expect(checked).toBeGreaterThan(20)
})

function exampleQuery({ parameters = [] }: Operation): string {
  const sent = parameters.flatMap(({ name, example }) =>
    example === undefined ? [] : [`${name}=${example}`],
  )
  return sent.length === 0 ? '' : `?${sent.join('&')}`
}

function send(
  path: string,
  method: string,
  operation: Operation,
  key: RuledKey,
  query: string,
): Promise<Response> {
  const isOfKey = operation.security.some((scheme) => 'apiKey' in scheme)
  const example = operation.requestBody?.content['application/json'].example
  return fetch(`${latchkey.url}${path.replace('{key_id}', String(key.number))}${query}`, {
    method,
    headers: {
      authorization: `Bearer ${isOfKey ? key.secret : latchkey.adminToken}`,
      ...(example === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(example === undefined ? {} : { body: JSON.stringify(example) }),
  })
}
