// OpenAI's admin API, driven by OpenAI's own SDK alone, against one server.
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let admin: OpenAI
const project_id = 'proj_default'
const hourAgo = () => Math.floor(Date.now() / 1_000) - 3_600

beforeAll(async () => {
  latchkey = await startLatchkey()
  admin = clientOf(latchkey.adminToken)
})
afterAll(async () => {
  await latchkey.close()
})

function clientOf(adminAPIKey: string): OpenAI {
  return new OpenAI({ adminAPIKey, apiKey: 'none', baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of list) found.push(item)
  return found
}

const { projects } = { projects: () => admin.admin.organization.projects }

describe('projects', () => {
  test('are owners, which are made, renamed and archived, and the default one, which is not', async () => {
    const made = await projects().create({ name: 'docs' })
    expect(made).toMatchObject({
      object: 'organization.project',
      name: 'docs',
      status: 'active',
      archived_at: null,
    })
    expect(await projects().update(made.id, { name: 'documents' })).toMatchObject({ name: 'documents' })
    expect(await projects().retrieve(made.id)).toMatchObject({ id: made.id, name: 'documents' })
    const other = await projects().create({ name: 'other' })
    const listed = await all(projects().list({ limit: 1 }))
    expect(listed.map(({ id }) => id)).toEqual([other.id, made.id, project_id])
    const key = await projects().serviceAccounts.create(made.id, { name: 'of docs' })
    expect((await all(projects().apiKeys.list(made.id))).map(({ id }) => id)).toEqual([key.id])
    await expect(projects().apiKeys.retrieve(key.id, { project_id: other.id })).rejects.toThrow(
      OpenAI.NotFoundError,
    )
    await expect(projects().apiKeys.delete(key.id, { project_id })).rejects.toThrow(OpenAI.NotFoundError)
    expect(await projects().archive(made.id)).toMatchObject({
      status: 'archived',
      archived_at: expect.any(Number),
    })
    const client = new OpenAI({
      apiKey: key.api_key?.value ?? '',
      baseURL: `${latchkey.url}/v1`,
      maxRetries: 0,
    })
    await expect(Promise.resolve(client.models.list())).rejects.toThrow(OpenAI.AuthenticationError)
    expect((await all(projects().list())).map(({ id }) => id)).toEqual([other.id, project_id])
    expect(await all(projects().list({ include_archived: true }))).toHaveLength(3)
    await expect(projects().retrieve('own_99')).rejects.toThrow(OpenAI.NotFoundError)
    await expect(projects().archive(project_id)).rejects.toThrow(OpenAI.BadRequestError)
  })

  test('a service account is a key, whose secret is shown once and works', async () => {
    const made = await projects().serviceAccounts.create(project_id, {
      name: 'robot',
      expires_in_seconds: 86_400,
    })
    expect(made).toMatchObject({
      object: 'organization.project.service_account',
      name: 'robot',
      role: 'member',
    })
    const { value = '', expires_at } = made.api_key ?? {}
    expect(expires_at).toBeGreaterThan(Date.now() / 1_000 + 86_000)
    const client = new OpenAI({ apiKey: value, baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
    const called = () =>
      client.chat.completions.create({ model: 'echo', messages: [{ role: 'user', content: 'hello' }] })
    await called()
    const { serviceAccounts, apiKeys } = projects()
    const params = { project_id }
    expect(await serviceAccounts.retrieve(made.id, params)).toMatchObject({ id: made.id, name: 'robot' })
    expect(await serviceAccounts.update(made.id, { ...params, name: 'renamed' })).toMatchObject({
      name: 'renamed',
    })
    const key = await apiKeys.retrieve(made.id, params)
    expect(key).toMatchObject({
      object: 'organization.project.api_key',
      name: 'renamed',
      redacted_value: expect.stringMatching(/^[0-9a-f]{8}…$/),
      owner_project_access: 'active',
    })
    expect(JSON.stringify(key)).not.toContain(value)
    expect(key.last_used_at).toBeGreaterThan(0)
    const later = await apiKeys.update(made.id, { ...params, expires_in_seconds: 172_800 })
    expect(later.expires_at).toBeGreaterThan(expires_at ?? 0)
    expect(await apiKeys.delete(made.id, params)).toEqual({
      object: 'organization.project.api_key.deleted',
      id: made.id,
      deleted: true,
    })
    await expect(called()).rejects.toThrow(OpenAI.AuthenticationError)
    await expect(apiKeys.retrieve(made.id, params)).rejects.toThrow(OpenAI.NotFoundError)
  })

  test('keys come by page, each once', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n++)
      ids.unshift((await projects().serviceAccounts.create(project_id, { name: `n${n}` })).id)
    for (const list of [projects().apiKeys, projects().serviceAccounts]) {
      const found = await all<{ id: string }>(list.list(project_id, { limit: 2 }))
      expect(found.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual(ids)
    }
    await projects().serviceAccounts.delete(ids[0] ?? '', { project_id })
    expect(await all(projects().apiKeys.list(project_id))).toHaveLength(4)
  })
})

test('admin tokens are made, shown once, listed both ways and revoked', async () => {
  const { adminAPIKeys } = admin.admin.organization
  const made = await adminAPIKeys.create({ name: 'deployer', expires_in_seconds: 3_600 })
  expect(made).toMatchObject({
    object: 'organization.admin_api_key',
    name: 'deployer',
    value: expect.stringMatching(/^lka_/),
  })
  const own = clientOf(made.value)
  expect(await all(own.admin.organization.projects.list())).not.toEqual([])
  const found = await adminAPIKeys.retrieve(made.id)
  expect(found.redacted_value).toMatch(/…$/)
  expect(JSON.stringify(found)).not.toContain(made.value)
  const second = await adminAPIKeys.create({ name: 'other' })
  const ids = async (order: 'asc' | 'desc') =>
    (await all(adminAPIKeys.list({ order, limit: 1 })))
      .map(({ id }) => id)
      .filter((id) => id === made.id || id === second.id)
  expect([await ids('asc'), await ids('desc')]).toEqual([
    [made.id, second.id],
    [second.id, made.id],
  ])
  expect(await adminAPIKeys.delete(made.id)).toMatchObject({ id: made.id, deleted: true })
  await expect(Promise.resolve(own.admin.organization.projects.list())).rejects.toThrow(
    OpenAI.AuthenticationError,
  )
})

test('a token may do here what its scopes say, and sees the keys of its owners alone', async () => {
  const [mine, theirs] = [
    await projects().create({ name: 'mine' }),
    await projects().create({ name: 'theirs' }),
  ]
  const { data } = await latchkey.graphql(
    'mutation ($input: CreateAdminTokenInput!) { createAdminToken(input: $input) { token userErrors { message } } }',
    {
      input: {
        name: 'reader',
        scopes: ['keys:read', 'owners:read', 'usage:read', 'audit:read'],
        ownerIds: [mine.id],
      },
    },
  )
  const reader = clientOf(data.createAdminToken.token).admin.organization
  expect((await all(reader.projects.list())).map(({ id }) => id)).toEqual([mine.id])
  expect(await all(reader.projects.apiKeys.list(mine.id))).toEqual([])
  for (const other of [theirs.id, project_id])
    await expect(Promise.resolve(reader.projects.apiKeys.list(other))).rejects.toThrow(OpenAI.NotFoundError)
  for (const refused of [
    () => reader.projects.create({ name: 'x' }),
    () => reader.projects.serviceAccounts.create(mine.id, { name: 'x' }),
    () => reader.adminAPIKeys.list(),
    () => reader.usage.completions({ start_time: 0 }),
    () => reader.usage.costs({ start_time: 0 }),
    () => reader.auditLogs.list(),
  ])
    await expect(Promise.resolve<unknown>(refused())).rejects.toThrow(OpenAI.PermissionDeniedError)
})

test('usage is by bucket, key and model, and costs by day', async () => {
  const made = await projects().serviceAccounts.create(project_id, { name: 'user' })
  const client = new OpenAI({
    apiKey: made.api_key?.value ?? '',
    baseURL: `${latchkey.url}/v1`,
    maxRetries: 0,
  })
  const call = (model: string) =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] })
  const { usage } = await call('echo')
  await call('echo')
  await client.responses.create({ model: 'echo', input: 'hello' })
  await client.embeddings.create({ model: 'echo', input: 'hello' })
  const of = {
    start_time: hourAgo(),
    api_key_ids: [made.id],
    group_by: ['api_key_id' as const, 'model' as const],
  }
  const completions = await admin.admin.organization.usage.completions({ ...of, bucket_width: '1h' })
  expect(completions).toMatchObject({ object: 'page', has_more: false, next_page: null })
  expect(completions.data.length).toBeGreaterThanOrEqual(1)
  const results = completions.data.flatMap(({ results }) => results)
  expect(results).toMatchObject([
    {
      object: 'organization.usage.completions.result',
      api_key_id: made.id,
      model: 'echo',
      num_model_requests: 3,
      project_id: null,
      service_tier: null,
    },
  ])
  const [row] = results
  expect(row).toHaveProperty('input_tokens')
  expect(usage?.prompt_tokens).toBeGreaterThan(0)
  const embeddings = await admin.admin.organization.usage.embeddings({ ...of, bucket_width: '1d' })
  expect(embeddings.data.flatMap(({ results }) => results)).toMatchObject([{ num_model_requests: 1 }])
  const none = await admin.admin.organization.usage.moderations(of)
  expect(none.data.flatMap(({ results }) => results)).toEqual([])
  const costs = await admin.admin.organization.usage.costs({ start_time: hourAgo(), group_by: ['line_item'] })
  expect(costs.data.flatMap(({ results }) => results)).toContainEqual(
    expect.objectContaining({
      object: 'organization.costs.result',
      line_item: 'echo',
      amount: { value: 0, currency: 'usd' },
    }),
  )
})

test('buckets come by page', async () => {
  const query = { start_time: hourAgo() - 4 * 3_600, bucket_width: '1h' as const, limit: 2 }
  const starts: number[] = []
  let page: string | undefined
  for (;;) {
    const found = await admin.admin.organization.usage.completions({
      ...query,
      ...(page === undefined ? {} : { page }),
    })
    starts.push(...found.data.map(({ start_time }) => start_time))
    if (found.next_page === null) break
    page = found.next_page
  }
  expect(starts.length).toBeGreaterThanOrEqual(5)
  expect(starts).toEqual(starts.map((_, at) => (starts[0] ?? 0) + at * 3_600))
})

test('audit logs are of the changes, under OpenAI’s names, by page', async () => {
  const made = await projects().serviceAccounts.create(project_id, { name: 'audited' })
  await projects().serviceAccounts.update(made.id, { project_id, name: 'audited twice' })
  const { auditLogs } = admin.admin.organization
  const logs = await all(auditLogs.list({ resource_ids: [made.id], limit: 1 }))
  expect(logs.map(({ type }) => type)).toEqual(['api_key.updated', 'api_key.created'])
  expect(logs[0]).toMatchObject({
    id: expect.stringMatching(/^audit_log-\d+$/),
    effective_at: expect.any(Number),
    actor: { type: 'api_key', api_key: { type: 'service_account' } },
    'api_key.updated': { id: made.id },
  })
  const created = await all(auditLogs.list({ resource_ids: [made.id], event_types: ['api_key.created'] }))
  expect(created.map(({ id }) => id)).toEqual([logs[1]?.id])
  const since = { effective_at: { gt: Math.floor(Date.now() / 1_000) + 60 } }
  expect(await all(auditLogs.list(since))).toEqual([])
})

describe('what is refused', () => {
  test.for<[string, (client: OpenAI) => PromiseLike<unknown>]>([
    [
      'a bucket of another width',
      (client) => client.admin.organization.usage.completions({ start_time: 0, bucket_width: '2d' as '1d' }),
    ],
    [
      'more buckets than there may be',
      (client) => client.admin.organization.usage.completions({ start_time: 0, limit: 32 }),
    ],
    [
      'a filter that is not known',
      (client) => client.admin.organization.usage.completions({ start_time: 0, user_ids: ['u'] }),
    ],
    [
      'a grouping that is not known',
      (client) => client.admin.organization.usage.completions({ start_time: 0, group_by: ['api_source'] }),
    ],
    [
      'a page of something else',
      (client) => client.admin.organization.usage.completions({ start_time: 0, page: 'page_1' }),
    ],
    [
      'a name that is none',
      (client) => client.admin.organization.projects.serviceAccounts.create(project_id, { name: '' }),
    ],
    ['a cursor that is none', (client) => client.admin.organization.auditLogs.list({ after: 'x' })],
    ['a limit of 0', (client) => client.admin.organization.projects.apiKeys.list(project_id, { limit: 0 })],
  ])('%s, with the parameter at fault', async ([, call]) => {
    const error = await Promise.resolve(call(admin)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({
      type: 'invalid_request_error',
      param: expect.any(String),
      requestID: expect.any(String),
    })
  })

  test('what has no counterpart, with a clear error', async () => {
    const error = await Promise.resolve(admin.admin.organization.certificates.list()).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: 'unsupported_endpoint', type: 'invalid_request_error' })
  })

  test('a stranger, a session’s cookie and an API key', async () => {
    const { secret } = await latchkey.createKey()
    const list = (token: string) =>
      Promise.resolve(clientOf(token).admin.organization.projects.list()).catch((thrown: unknown) => thrown)
    expect(await list('lka_wrong')).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(await list(secret)).toBeInstanceOf(OpenAI.NotFoundError)
    const bare = await fetch(`${latchkey.url}/v1/organization/projects`, {
      headers: { cookie: 'latchkey=x' },
    })
    expect([401, 404]).toContain(bare.status)
    const typo = await fetch(`${latchkey.url}/v1//organization/projects`, {
      headers: { authorization: `Bearer ${latchkey.adminToken}` },
    })
    expect(typo.status).toBe(404)
  })
})
