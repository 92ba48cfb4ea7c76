// Saved views through the SDK, as people who are signed in: who sees which, who changes which, and what they may hold.
import { type Latchkey, PermissionError, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { signedInAs } from '../../support/api/people.ts'
import { signedInSdk } from '../../support/api/signed-in-sdk.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
let names = 0
const people: Record<'owner' | 'admin' | 'viewer' | 'manager', Latchkey> = {} as never
beforeAll(async () => {
  server = await startLatchkey()
  for (const name of ['owner', 'admin', 'viewer', 'manager'] as const) {
    const role = name === 'manager' ? 'KEY_MANAGER' : name.toUpperCase()
    people[name] = signedInSdk(server.url, (await signedInAs(server, role, name)).cookie)
  }
})
afterAll(() => server.close())

const input = (fields = {}) => ({
  screen: 'LOGS' as const,
  name: `view ${++names}`,
  query: 'outcome=error',
  shared: false,
  ...fields,
})

async function problems(change: Promise<unknown>) {
  const error = await change.then(() => null).catch((thrown: unknown) => thrown)
  if (!(error instanceof UserInputError)) throw new Error(`no UserInputError: ${String(error)}`)
  return error.userErrors.map(({ code, field }) => [code, field?.slice(1).join('.') ?? null])
}

const idsOf = async (of: Latchkey, screen: 'LOGS' | 'KEYS' = 'LOGS') =>
  (await Array.fromAsync(of.savedViews.list({ screen }))).map(({ id }) => id)

test('a view from its creation to its end, with what the trail says of it', async () => {
  const { savedViews } = people.viewer
  const made = await savedViews.create(input({ name: ' Failures ', query: '?range=7d&outcome=error' }))
  expect(made).toMatchObject({
    id: expect.stringMatching(/^svw_\d+$/),
    screen: 'LOGS',
    name: 'Failures',
    query: 'outcome=error&range=7d',
    shared: false,
    ownerName: 'viewer',
    isOwn: true,
    mayDelete: true,
  })
  const changed = await savedViews.update(made.id, { name: 'Denials', query: 'outcome=denied' })
  expect(changed).toMatchObject({ name: 'Denials', query: 'outcome=denied', shared: false })
  expect(await savedViews.update(made.id, { name: 'Denials' })).toEqual(changed)
  const page = await savedViews.list({ screen: 'LOGS', first: 1 })
  expect([page.items, page.totalCount]).toEqual([[changed], 1])
  expect((await savedViews.list({ screen: 'KEYS' })).items).toEqual([])
  await savedViews.delete(made.id)
  expect(await problems(savedViews.delete(made.id))).toEqual([['NOT_FOUND', 'id']])
  expect(await auditOf(server, made.id)).toEqual([
    ['saved_view.create', expect.arrayContaining([{ path: 'name', before: null, after: 'Failures' }])],
    ['saved_view.update', expect.arrayContaining([{ path: 'name', before: 'Failures', after: 'Denials' }])],
    ['saved_view.delete', [{ path: 'name', before: 'Denials', after: null }]],
  ])
})

test('others see a view when it is shared, and change it never', async () => {
  const { id, name } = await people.viewer.savedViews.create(input())
  expect(await idsOf(people.owner)).not.toContain(id)
  for (const change of [
    people.owner.savedViews.update(id, { name: 'x' }),
    people.owner.savedViews.delete(id),
  ])
    expect(await problems(change)).toEqual([['NOT_FOUND', 'id']])
  await people.viewer.savedViews.update(id, { shared: true })
  const [seen] = (await people.admin.savedViews.list({ screen: 'LOGS', first: 1 })).items
  expect(seen).toMatchObject({ id, name, ownerName: 'viewer', isOwn: false, mayDelete: true })
  expect(await problems(people.owner.savedViews.update(id, { name: 'x' }))).toEqual([['FORBIDDEN', 'id']])
  // The name is taken among the own views alone.
  await people.admin.savedViews.create(input({ name }))
  await people.admin.savedViews.delete(id)
  expect(await idsOf(people.viewer)).not.toContain(id)
})

test('of what others share, owners and admins alone delete', async () => {
  const { id } = await people.owner.savedViews.create(input({ shared: true }))
  const [seen] = (await people.viewer.savedViews.list({ screen: 'LOGS', first: 1 })).items
  expect(seen).toMatchObject({ id, mayDelete: false })
  expect(await problems(people.viewer.savedViews.delete(id))).toEqual([['FORBIDDEN', 'id']])
})

test('who is restricted to owners sees no view of others, which may name keys of any owner', async () => {
  const { id } = await people.owner.savedViews.create(input({ query: 'key=of-another-owner', shared: true }))
  const own = await people.manager.savedViews.create(input({ shared: true }))
  expect(await idsOf(people.manager)).toEqual([own.id])
  expect(await problems(people.manager.savedViews.delete(id))).toEqual([['NOT_FOUND', 'id']])
  expect(await idsOf(people.viewer)).toEqual(expect.arrayContaining([own.id, id]))
})

test('who may not open the screen sees no view of others', async () => {
  const { id } = await people.owner.savedViews.create(input({ shared: true }))
  const { cookie, id: admin } = await signedInAs(server, 'VIEWER', 'of-the-future')
  await server.app.store.prisma.admin.update({
    where: { id: Number(admin.slice(4)) },
    data: { role: 'NONE' },
  })
  const unknown = signedInSdk(server.url, cookie)
  expect(await idsOf(unknown)).toEqual([])
  expect(await problems(unknown.savedViews.delete(id))).toEqual([['NOT_FOUND', 'id']])
})

test('an admin token has no views', async () => {
  const { errors } = await server.graphql('{ savedViews(screen: LOGS) { totalCount } }')
  expect(errors?.[0]?.message).toBe('This is for people who are signed in, not for admin tokens.')
})

test('who has to set up a second factor sees none before it', async () => {
  const { prisma } = server.app.store
  const { cookie } = await signedInAs(server, 'ADMIN', 'newcomer')
  await server.graphql(
    'mutation { updateSettings(input: { requireSecondFactor: ALL }) { userErrors { message } } }',
  )
  expect((await prisma.settings.findFirst())?.requireSecondFactor).toBe('ALL')
  await expect(signedInSdk(server.url, cookie).savedViews.list({ screen: 'LOGS' })).rejects.toBeInstanceOf(
    PermissionError,
  )
  await server.graphql(
    'mutation { updateSettings(input: { requireSecondFactor: NONE }) { userErrors { message } } }',
  )
})

test('what a view may not hold is named, and never repeated where it may be a secret', async () => {
  const { savedViews } = people.admin
  const { id, name } = await savedViews.create(input())
  const other = await savedViews.create(input())
  const secret = '0b1d8b8e-4a0f-4d2c-9f39-0d2b1d6f7a11'
  for (const [fields, expected] of [
    [{ name: ' ' }, ['REQUIRED', 'name']],
    [{ name }, ['TAKEN', 'name']],
    [{ query: 'show=failing' }, ['INVALID', 'query']],
    [{ query: `q=sk-${secret}` }, ['INVALID', 'query']],
  ] as const) {
    expect(await problems(savedViews.create(input(fields)))).toEqual([expected])
    expect(await problems(savedViews.update(other.id, fields))).toEqual([expected])
  }
  const both = savedViews.create(input({ name: '', query: 'x=1' }))
  expect(await problems(both)).toEqual([
    ['REQUIRED', 'name'],
    ['INVALID', 'query'],
  ])
  expect(await problems(savedViews.update('lim_1', { name }))).toEqual([['INVALID', 'id']])
  const refused: unknown = await savedViews.update(id, { query: `key=${secret}` }).catch((error) => error)
  expect(JSON.stringify(refused)).toContain('looks like a secret')
  expect(JSON.stringify(refused)).not.toContain(secret)
})

test('an admin has up to 100 views, and takes them along', async () => {
  const { prisma } = server.app.store
  const { cookie, id } = await signedInAs(server, 'VIEWER', 'collector')
  const { savedViews } = signedInSdk(server.url, cookie)
  const last = await savedViews.create(input({ shared: true }))
  const adminId = Number(id.slice(4))
  const at = new Date()
  await prisma.savedView.createMany({
    data: Array.from({ length: 99 }, (_, n) => ({
      ...{ adminId, screen: 'KEYS', name: `${n}`, query: '', shared: true, createdAt: at, updatedAt: at },
    })),
  })
  expect(await problems(savedViews.create(input()))).toEqual([['OUT_OF_RANGE', null]])
  expect(await idsOf(people.admin, 'KEYS')).toHaveLength(99)
  await server.graphql('mutation ($id: ID!) { deleteAdmin(input: { id: $id }) { userErrors { code } } }', {
    id,
  })
  expect(await idsOf(people.admin)).not.toContain(last.id)
  expect(await prisma.savedView.count({ where: { adminId } })).toBe(0)
})
