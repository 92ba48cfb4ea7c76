// The OpenAPI document: linted, and held to what the server does. Each operation's example is sent, and each response must be as
// the document says, with no member more.
import { Latchkey } from '@latchkey/sdk'
import { ORGANIZATION_ROUTES } from '@latchkey/server/rest/organization/organization-handler.ts'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { accept } from '../../support/api/people.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makeRuledKey, type RuledKey } from '../../support/server/ruled-keys.ts'

type Schema = Record<string, unknown>
type Parameter = {
  name: string
  in: string
  required?: boolean
  schema: Schema
  example?: string | number | boolean | string[]
}
type Content = Record<string, { schema: Schema; example?: unknown }>
type Operation = {
  operationId: string
  security: Record<string, unknown>[]
  parameters?: Parameter[]
  requestBody?: { content: { 'application/json': { schema: Schema; example: unknown } } }
  responses: Record<string, { content: Content }>
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

test('has every path and method of /api, the exports, OpenAI’s admin API, and what a key may ask about itself', () => {
  const organization = Object.entries(ORGANIZATION_ROUTES).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} /v1/organization/${path}`),
  )
  expect(
    operations()
      .map(({ path, method }) =>
        path.startsWith('/v1/organization/')
          ? `${method} ${path.replaceAll(/\{\w+\}/g, '*')}`
          : `${method} ${path}`,
      )
      .sort(),
  ).toEqual(
    [
      ...organization,
      'DELETE /api/api-keys/{key_id}',
      'GET /api/api-keys',
      'GET /api/api-keys/{key_id}/logs',
      'GET /api/api-keys/{key_id}/stats',
      'GET /api/api-logs',
      'GET /export/audit.{format}',
      'GET /export/backups/{backup_id}.tar',
      'GET /export/logs.{format}',
      'GET /export/usage.{format}',
      'GET /v1/key',
      'GET /v1/key/logs',
      'POST /api/api-keys',
      'POST /api/api-keys/{key_id}/revoke',
      'POST /v1/key/rotate',
    ].sort(),
  )
})

test('each example works, and its response is as the document says', async () => {
  await makeFixtures()
  const { keys, owners } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { id: ownerId } = await owners.create({
    name: 'shares a budget',
    policy: {
      limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1_000 }],
      budgets: [{ window: 'MONTH', limitUsd: '50', unpriced: 'ALLOW' }],
    },
  })
  const usedKey = async () => {
    const key = await makeRuledKey(latchkey, {
      limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }],
      budgets: [{ window: 'MONTH', limitUsd: '5', unpriced: 'ALLOW' }],
      models: { deny: ['secret-*'] },
      selfRotation: true,
    })
    await keys.update(key.id, { ownerId })
    for (let n = 0; n < 2; n++) await chat(latchkey, key.secret, { model: 'echo' })
    return key
  }
  const shared = await usedKey()
  for (const { path, method, operation } of operations()) {
    const key = isAdmins(path) ? shared : await usedKey()
    await prepare(path, method)
    const response = await send(path, method, operation, key, exampleQuery(operation))
    const json = operation.responses[200]?.content['application/json']
    if (path.includes('{backup_id}')) {
      await response.arrayBuffer()
      // PostgreSQL has tools of its own for backups.
      expect(response.status).toBe(inject('database') === 'postgresql' ? 404 : 200)
      continue
    }
    if (json === undefined) {
      await expectExports(path, operation, key, response)
      continue
    }
    const body: unknown = await response.json()
    expect([operation.operationId, response.status, body]).toEqual([operation.operationId, 200, body])
    const { schema, example } = json
    expectValid(schema ?? {}, body, operation.operationId)
    expectValid(schema ?? {}, example, `${operation.operationId}: its example`)
    const sent = operation.requestBody?.content['application/json']
    if (sent !== undefined) expectValid(sent.schema, sent.example, `${operation.operationId}: its body`)
  }
}, 120_000)

test('each bound of a parameter is the one that is checked, and the error is as the document says', async () => {
  const key = await makeRuledKey(latchkey, { selfRotation: true })
  let checked = 0
  for (const { path, method, operation } of operations()) {
    for (const { name, schema } of operation.parameters ?? []) {
      const { minimum, maximum } = schema
      // A million rows are a test of their own.
      if (path.startsWith('/export/')) continue
      if (typeof minimum !== 'number' || typeof maximum !== 'number') continue
      for (const [value, status] of [
        [minimum - 1, 400],
        [minimum, 200],
        [maximum, 200],
        [maximum + 1, 400],
      ]) {
        const response = await send(path, method, operation, key, queryWith(operation, name, value))
        const body: unknown = await response.json()
        expect([operation.operationId, name, value, response.status]).toEqual([
          operation.operationId,
          name,
          value,
          status,
        ])
        const form = path.startsWith('/v1/') ? 'GatewayError' : 'AdminError'
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
  const sent = parameters.flatMap(({ name, example, in: place }) =>
    example === undefined || place !== 'query'
      ? []
      : (Array.isArray(example) ? example : [example]).map((one) => `${name}=${encodeURIComponent(one)}`),
  )
  return sent.length === 0 ? '' : `?${sent.join('&')}`
}

/** One parameter, with those that are required beside it. */
function queryWith({ parameters = [] }: Operation, name: string, value: number | undefined): string {
  const others = parameters.filter((parameter) => parameter.required === true && parameter.name !== name)
  return `?${[...others.map((other) => `${other.name}=${other.example}`), `${name}=${value}`].join('&')}`
}

/** Whether a path has nothing to do with the key that is made for an example. */
function isAdmins(path: string): boolean {
  return path.startsWith('/v1/organization/') || path.startsWith('/export/')
}

/** What the identifiers of paths stand for, by their names. */
const ids: Record<string, string> = { role_id: 'role_viewer', rate_limit_id: 'rl_all', format: 'csv' }

let kim = ''

async function organization(method: string, path: string, body: object) {
  const response = await fetch(`${latchkey.url}/v1/organization/${path}`, {
    method,
    headers: { authorization: `Bearer ${latchkey.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const made = (await response.json()) as { id: string; url: string }
  expect([path, response.status, made]).toEqual([path, 200, made])
  return made
}

/** A key manager of the project of the examples. */
async function makeManager(username: string, email: string): Promise<void> {
  const { url } = await organization('POST', 'invites', { email, role: 'reader' })
  await accept(latchkey, url.split('#token=')[1] ?? '', username)
  const admin = await latchkey.app.store.prisma.admin.findUniqueOrThrow({ where: { username } })
  ids.user_id = `adm_${admin.id}`
  await organization('POST', `users/${ids.user_id}`, { role_id: 'role_key_manager' })
}

async function makeFixtures(): Promise<void> {
  ids.project_id = (await organization('POST', 'projects', { name: 'docs' })).id
  await makeManager('kim', 'kim@example.com')
  kim = ids.user_id ?? ''
}

/** What an operation needs that another one may have deleted. */
async function prepare(path: string, method: string): Promise<void> {
  if (path.includes('{backup_id}') && inject('database') !== 'postgresql') {
    const { backups } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    ids.backup_id = (await backups.create())?.id ?? ''
  }
  const project = `projects/${ids.project_id}`
  if (path.includes('{admin_api_key_id}'))
    ids.admin_api_key_id = (await organization('POST', 'admin_api_keys', { name: `made for ${method}` })).id
  if (path.includes('{invite_id}'))
    ids.invite_id = (await organization('POST', 'invites', { email: 'x@example.com', role: 'reader' })).id
  if (path.includes('/api_keys/') || path.includes('/service_accounts/')) {
    const { id } = await organization('POST', `${project}/service_accounts`, { name: 'x' })
    Object.assign(ids, { api_key_id: id, service_account_id: id })
  }
  if (path.includes('spend_limit') && method !== 'POST')
    await organization('POST', `${project}/spend_limit`, {
      threshold_amount: 1,
      currency: 'USD',
      interval: 'month',
    })
  if (path.endsWith('/users/{user_id}')) {
    if (method === 'DELETE') await makeManager(`lee-${path.length}`, `lee-${path.length}@example.com`)
    else ids.user_id = kim
    if (path.includes('projects'))
      await organization('POST', `${project}/users`, { role: 'member', user_id: ids.user_id })
  }
}

/** Each format of an export, by its media type. */
async function expectExports(
  path: string,
  operation: Operation,
  key: RuledKey,
  first: Response,
): Promise<void> {
  const types = Object.keys(operation.responses[200]?.content ?? {})
  expect(types).toHaveLength(3)
  await first.arrayBuffer()
  const seen: string[] = []
  for (const format of ['csv', 'jsonl', 'parquet']) {
    ids.format = format
    const response = await send(path, 'GET', operation, key, exampleQuery(operation))
    expect([operation.operationId, format, response.status]).toEqual([operation.operationId, format, 200])
    seen.push(response.headers.get('content-type')?.split(';', 1)[0] ?? '')
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0)
  }
  expect(seen).toEqual(types)
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
  const named = path.replace('{key_id}', String(key.number))
  const whole = named.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'none')
  return fetch(`${latchkey.url}${whole}${query}`, {
    method,
    headers: {
      authorization: `Bearer ${isOfKey ? key.secret : latchkey.adminToken}`,
      ...(example === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(example === undefined ? {} : { body: JSON.stringify(example) }),
  })
}
