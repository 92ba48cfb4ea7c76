// Users, invites and roles of OpenAI's admin API, and what the keys of a project may use together, with OpenAI's own SDK alone.
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accept } from '../../support/api/people.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let admin: OpenAI.Admin.Organization
const project_id = 'proj_default'

beforeAll(async () => {
  latchkey = await startLatchkey()
  admin = clientOf(latchkey.adminToken).admin.organization
})
afterAll(async () => {
  await latchkey.close()
})

function clientOf(adminAPIKey: string): OpenAI {
  return new OpenAI({ adminAPIKey, apiKey: 'none', baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(list)
}

/** A user who has accepted an invite. */
async function person(username: string, role: 'owner' | 'reader' = 'reader') {
  const email = `${username}@example.com`
  const invite = await admin.invites.create({ email, role })
  const url: unknown = Reflect.get(invite, 'url')
  await accept(latchkey, String(url).split('#token=')[1] ?? '', username)
  const [user] = await all(admin.users.list({ emails: [email] }))
  if (user === undefined) throw new Error(`${username} is no user`)
  return { user, invite, email }
}

test('an invite has a link, shown once, that makes a user', async () => {
  const made = await admin.invites.create({ email: 'new@example.com', role: 'reader' })
  expect(made).toEqual({
    object: 'organization.invite',
    id: expect.stringMatching(/^inv_\d+$/),
    email: 'new@example.com',
    role: 'reader',
    status: 'pending',
    projects: [],
    created_at: expect.any(Number),
    expires_at: made.created_at + 7 * 86_400,
    accepted_at: null,
    url: expect.stringContaining('/invitation#token='),
  })
  const other = await admin.invites.create({ email: 'other@example.com', role: 'owner', projects: [] })
  expect((await all(admin.invites.list({ limit: 1 }))).map(({ id }) => id)).toEqual([other.id, made.id])
  const found = await admin.invites.retrieve(made.id)
  expect(found).not.toHaveProperty('url')
  expect(await admin.invites.delete(made.id)).toEqual({
    object: 'organization.invite.deleted',
    id: made.id,
    deleted: true,
  })
  await expect(admin.invites.retrieve(made.id)).rejects.toThrow(OpenAI.NotFoundError)
  const refused = admin.invites.create({
    email: 'x@example.com',
    role: 'reader',
    projects: [{ id: project_id, role: 'member' }],
  })
  await expect(refused).rejects.toMatchObject({ status: 400, param: 'projects' })
})

test('users are admins, whose role is changed by name or by id, and who are deleted', async () => {
  // The last owner stays one.
  const { user: owner } = await person('owen', 'owner')
  await expect(admin.users.update(owner.id, { role: 'reader' })).rejects.toMatchObject({ param: 'role' })
  const { user, email } = await person('ann')
  expect(await admin.users.retrieve(user.id)).toMatchObject({
    object: 'organization.user',
    name: 'ann',
    email,
    role: 'reader',
    added_at: expect.any(Number),
    projects: { object: 'list', data: [] },
    user: { object: 'user', enabled: true, banned: false },
  })
  expect(await admin.users.update(user.id, { role: 'owner' })).toMatchObject({ role: 'owner' })
  expect(await admin.users.update(user.id, { role: 'reader' })).toMatchObject({ role: 'reader' })
  const roleOf = async () => {
    const { data } = await latchkey.graphql('query ($id: ID!) { admin(id: $id) { role } }', { id: user.id })
    return data.admin.role
  }
  expect(await roleOf()).toBe('VIEWER')
  await admin.users.update(user.id, { role_id: 'role_admin' })
  // An admin is a reader: OpenAI's role takes nothing away.
  await admin.users.update(user.id, { role: 'reader' })
  expect(await roleOf()).toBe('ADMIN')
  await expect(admin.users.update(user.id, { role_id: 'role_x' })).rejects.toMatchObject({ param: 'role_id' })
  await expect(admin.users.update(user.id, { technical_level: 'x' })).rejects.toMatchObject({
    param: 'technical_level',
  })
  const [event] = await all(admin.auditLogs.list({ resource_ids: [user.id.slice(4)], limit: 1 }))
  expect(event).toMatchObject({ type: 'admin.update' })
  expect(await admin.users.delete(user.id)).toMatchObject({ id: user.id, deleted: true })
  await expect(admin.users.retrieve(user.id)).rejects.toThrow(OpenAI.NotFoundError)
})

test('roles are four, and say what each may do', async () => {
  const roles = await all(admin.roles.list({ limit: 3 }))
  expect(roles.map(({ id }) => id)).toEqual(['role_owner', 'role_admin', 'role_key_manager', 'role_viewer'])
  const viewer = await admin.roles.retrieve('role_viewer')
  expect(viewer.permissions).toContain('keys:read')
  expect(viewer.permissions).not.toContain('keys:write')
  await expect(admin.roles.retrieve('role_x')).rejects.toThrow(OpenAI.NotFoundError)
})

test('the users of a project are its key managers', async () => {
  const [one, two] = [
    await admin.projects.create({ name: 'one' }),
    await admin.projects.create({ name: 'two' }),
  ]
  const { users } = admin.projects
  const { user, email } = await person('kim')
  await expect(users.create(one.id, { role: 'member', user_id: user.id })).rejects.toMatchObject({
    param: 'user_id',
  })
  await admin.users.update(user.id, { role_id: 'role_key_manager' })
  expect(await users.create(one.id, { role: 'member', user_id: user.id })).toMatchObject({
    object: 'organization.project.user',
    id: user.id,
    role: 'member',
    email,
  })
  await users.create(two.id, { role: 'member', email })
  // The first project stays.
  expect((await admin.users.retrieve(user.id)).projects?.data.map(({ id }) => id)).toEqual([two.id, one.id])
  expect((await all(users.list(one.id))).map(({ id }) => id)).toEqual([user.id])
  expect(await all(users.list(project_id))).toEqual([])
  const params = { project_id: one.id }
  expect(await users.update(user.id, { ...params, role: 'member' })).toMatchObject({ id: user.id })
  for (const refused of [
    () => users.update(user.id, { ...params, role: 'owner' }),
    () => users.create(one.id, { role: 'owner', user_id: user.id }),
    () => users.create(one.id, { role: 'member', email: 'nobody@example.com' }),
    () => users.create(project_id, { role: 'member', user_id: user.id }),
  ])
    await expect(Promise.resolve<unknown>(refused())).rejects.toThrow(OpenAI.BadRequestError)
  expect(await users.delete(user.id, params)).toMatchObject({ id: user.id, deleted: true })
  await expect(users.retrieve(user.id, params)).rejects.toThrow(OpenAI.NotFoundError)
  expect(await users.retrieve(user.id, { project_id: two.id })).toMatchObject({ id: user.id })
})

test('two projects that are given at once are both there', async () => {
  const { user } = await person('pat')
  await admin.users.update(user.id, { role_id: 'role_key_manager' })
  const made = await Promise.all(['a', 'b', 'c'].map((name) => admin.projects.create({ name })))
  await Promise.all(
    made.map(({ id }) => admin.projects.users.create(id, { role: 'member', user_id: user.id })),
  )
  const { projects } = await admin.users.retrieve(user.id)
  expect(projects?.data.map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort())
})

test('rate limits of a project hold for its keys together, for all models and for one', async () => {
  const { rateLimits, serviceAccounts } = admin.projects
  const project = await admin.projects.create({ name: 'limited' })
  const listed = await all(rateLimits.listRateLimits(project.id, { limit: 1 }))
  expect(listed[0]).toEqual({
    object: 'project.rate_limit',
    id: 'rl_all',
    model: '*',
    max_requests_per_1_minute: 1_000_000_000_000,
    max_tokens_per_1_minute: 1_000_000_000_000,
  })
  const echo = listed.find(({ model }) => model === 'echo')
  const params = { project_id: project.id }
  const changed = await rateLimits.updateRateLimit(echo?.id ?? '', { ...params, max_requests_per_1_day: 1 })
  expect(changed).toMatchObject({ model: 'echo', max_requests_per_1_day: 1 })
  const { api_key: key } = await serviceAccounts.create(project.id, { name: 'of it' })
  const client = new OpenAI({ apiKey: key?.value ?? '', baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
  const call = (prompt_cache_key: string) =>
    client.chat.completions.create({
      model: 'echo',
      prompt_cache_key,
      messages: [{ role: 'user', content: 'hello' }],
    })
  await call('1')
  await expect(call('2')).rejects.toThrow(OpenAI.RateLimitError)
  const removed = await rateLimits.updateRateLimit(echo?.id ?? '', {
    ...params,
    max_requests_per_1_day: 1_000_000_000_000,
  })
  expect(removed).not.toHaveProperty('max_requests_per_1_day')
  await call('3')
  await Promise.all([
    rateLimits.updateRateLimit('rl_all', { ...params, max_tokens_per_1_minute: 500 }),
    rateLimits.updateRateLimit('rl_all', { ...params, max_requests_per_1_minute: 50 }),
  ])
  const [whole] = (await rateLimits.listRateLimits(project.id)).data
  expect(whole).toMatchObject({ max_tokens_per_1_minute: 500, max_requests_per_1_minute: 50 })
  for (const [id, body] of [
    ['rl_all', { max_images_per_1_minute: 1 }],
    ['rl_all', { max_requests_per_1_minute: 0 }],
    ['rl_x', {}],
  ] as const)
    await expect(rateLimits.updateRateLimit(id, { ...params, ...body })).rejects.toThrow(OpenAI.APIError)
  await expect(rateLimits.updateRateLimit('rl_all', { project_id })).rejects.toThrow(OpenAI.BadRequestError)
})

test('the spend limit of a project is a budget of a month', async () => {
  const { spendLimit } = admin.projects
  const project = await admin.projects.create({ name: 'spending' })
  await expect(spendLimit.retrieve(project.id)).rejects.toThrow(OpenAI.NotFoundError)
  const body = { currency: 'USD', interval: 'month' } as const
  const limit = {
    object: 'project.spend_limit',
    threshold_amount: 1_205,
    ...body,
    enforcement: { status: 'enforcing' },
  }
  expect(await spendLimit.update(project.id, { ...body, threshold_amount: 1_205 })).toEqual(limit)
  expect(await spendLimit.retrieve(project.id)).toEqual(limit)
  const { data } = await latchkey.graphql(
    'query ($id: ID!) { owner(id: $id) { policy { budgets { window limitUsd } } } }',
    { id: project.id },
  )
  expect(data.owner.policy.budgets).toEqual([{ window: 'MONTH', limitUsd: '12.05' }])
  expect(await spendLimit.delete(project.id)).toEqual({
    object: 'project.spend_limit.deleted',
    deleted: true,
  })
  await expect(spendLimit.delete(project.id)).rejects.toThrow(OpenAI.NotFoundError)
  for (const threshold_amount of [0, 1.5, 1e12])
    await expect(spendLimit.update(project.id, { ...body, threshold_amount })).rejects.toMatchObject({
      param: 'threshold_amount',
    })
})

test('a token that is restricted to owners sees no people but those of its projects', async () => {
  const mine = await admin.projects.create({ name: 'mine' })
  const { data } = await latchkey.graphql(
    'mutation ($input: CreateAdminTokenInput!) { createAdminToken(input: $input) { token } }',
    { input: { name: 'restricted', scopes: ['admins:write', 'owners:write'], ownerIds: [mine.id] } },
  )
  const restricted = clientOf(data.createAdminToken.token).admin.organization
  for (const refused of [
    () => restricted.users.list(),
    () => restricted.invites.list(),
    () => restricted.invites.create({ email: 'x@example.com', role: 'reader' }),
  ])
    await expect(Promise.resolve<unknown>(refused())).rejects.toThrow(OpenAI.PermissionDeniedError)
  expect(await all(restricted.projects.users.list(mine.id))).toEqual([])
  await expect(Promise.resolve(restricted.projects.users.list(project_id))).rejects.toThrow(
    OpenAI.NotFoundError,
  )
})
