import { systemActor } from '@latchkey/server/domain/admins/actor.ts'
import { auditEvent } from '@latchkey/server/domain/audit/audit-event.ts'
import { DAY_MS } from '@latchkey/server/domain/time.ts'
import { createAuditKeeper } from '@latchkey/server/services/audit/audit-keeper.ts'
import { expireEvents } from '@latchkey/server/services/audit/expire-events.ts'
import { sealCommitted } from '@latchkey/server/services/audit/seal-events.ts'
import { verifyChain, verifySealed } from '@latchkey/server/services/audit/verify-chain.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import type { Store } from '@latchkey/server/store/store.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../support/databases/test-database.ts'

const SYSTEM = systemActor('test', { ip: '192.0.2.1', requestId: null })
const START_MS = Date.UTC(2026, 0, 1)

let database: string
let drop: () => Promise<void>
let store: Store

beforeAll(async () => {
  ;({ database, drop } = await createTestDatabase())
  store = await openStore(database)
})
afterAll(async () => {
  await store.close()
  await drop()
})
beforeEach(async () => {
  await change('DELETE FROM "AuditEvent"')
  await change('DELETE FROM "AuditChain"')
})

function event(atMs: number) {
  const target = { type: 'ApiKey', id: 'key_1', label: 'ä "quoted" \\' } as const
  const changes = [{ path: 'name', before: null, after: 'x' }]
  return auditEvent(SYSTEM, 'api_key.update', target, atMs, changes)
}

function write(atMs = START_MS, to: Pick<Store['prisma'], 'auditEvent'> = store.prisma): Promise<unknown> {
  return to.auditEvent.create({ data: event(atMs) })
}

/** A day apart. */
function several(count: number): Promise<unknown> {
  const data = Array.from({ length: count }, (_, at) => event(START_MS + at * DAY_MS))
  return store.prisma.auditEvent.createMany({ data })
}

const change = (text: string, values: (string | number)[] = []) => store[SQL].batch([{ text, values }])

test('an empty trail is whole, and its head is the genesis', async () => {
  expect(await verifySealed(store, null)).toMatchObject({
    ok: true,
    checked: 0,
    head: { position: 0 },
    unsealed: 0,
  })
})

test('each event of many concurrent writers of two stores gets one place', async () => {
  const other = await openStore(database)
  try {
    const writers = Array.from({ length: 120 }, (_, at) => {
      const { prisma } = at % 3 === 0 ? other : store
      // Some in longer transactions, so that ids are committed in another order than they were given in.
      return at % 2 === 0 ? write(START_MS, prisma) : prisma.$transaction((tx) => write(START_MS, tx))
    })
    // Sealed meanwhile, by both: where one is refused, the other one has sealed.
    const sealers = Array.from({ length: 20 }, (_, at) =>
      sealCommitted(at % 2 === 0 ? store : other).catch(() => null),
    )
    await Promise.all([...writers, ...sealers])
    expect(await verifySealed(store, null)).toMatchObject({
      ok: true,
      checked: 120,
      unsealed: 0,
      brokenAt: null,
    })
    const rows = await store.prisma.auditEvent.findMany({ orderBy: { chainPosition: 'asc' } })
    expect(rows.map(({ chainPosition }) => chainPosition)).toEqual(
      Array.from({ length: 120 }, (_, at) => at + 1),
    )
  } finally {
    await other.close()
  }
})

test('a transaction that is rolled back leaves no gap', async () => {
  await write()
  await store.prisma
    .$transaction(async (tx) => {
      await write(START_MS, tx)
      throw new Error('no')
    })
    .catch(() => undefined)
  await write()
  expect(await verifySealed(store, null)).toMatchObject({ ok: true, checked: 2 })
})

test.for<[string, string, string, number]>([
  ['another name', `UPDATE "AuditEvent" SET "actorName" = 'me' WHERE "chainPosition" = 3`, 'CHANGED', 3],
  [
    'another time',
    `UPDATE "AuditEvent" SET "at" = (SELECT e."at" FROM "AuditEvent" e WHERE e."chainPosition" = 1) WHERE "chainPosition" = 3`,
    'CHANGED',
    3,
  ],
  ['changes taken out', `UPDATE "AuditEvent" SET "changes" = NULL WHERE "chainPosition" = 3`, 'CHANGED', 3],
  ['a removed event', `DELETE FROM "AuditEvent" WHERE "chainPosition" = 3`, 'MISSING', 3],
  ['the newest removed', `DELETE FROM "AuditEvent" WHERE "chainPosition" = 5`, 'MISSING', 5],
  ['all removed', `DELETE FROM "AuditEvent"`, 'MISSING', 1],
  ['another head', `UPDATE "AuditChain" SET "headHash" = "checkpointHash"`, 'HEAD', 5],
  [
    'a later version',
    `UPDATE "AuditEvent" SET "chainVersion" = 9 WHERE "chainPosition" = 2`,
    'UNKNOWN_VERSION',
    2,
  ],
  [
    'an event taken out of the chain',
    `UPDATE "AuditEvent" SET "chainPosition" = NULL WHERE "chainPosition" = 2`,
    'MISSING',
    2,
  ],
])('finds %s', async ([, sql, fault, brokenAt]) => {
  await several(5)
  await sealCommitted(store)
  await change(sql)
  expect(await verifyChain(store)).toMatchObject({
    ok: false,
    fault,
    brokenAt,
    checked: brokenAt === 5 && fault === 'HEAD' ? 5 : brokenAt - 1,
  })
})

test('a chain that was written anew does not have the anchor of the one before', async () => {
  await several(3)
  const { position, hash } = await sealCommitted(store)
  const anchor = { position, hashHex: Buffer.from(hash).toString('hex') }
  await several(2)
  expect(await verifySealed(store, anchor)).toMatchObject({ ok: true, anchorMatches: true })
  await change(`UPDATE "AuditEvent" SET "actorName" = 'me', "chainPosition" = NULL`)
  await change('DELETE FROM "AuditChain"')
  expect(await verifySealed(store, null)).toMatchObject({ ok: true, checked: 5 })
  expect(await verifySealed(store, anchor)).toMatchObject({ ok: false, fault: null, anchorMatches: false })
  expect(await verifySealed(store, { ...anchor, position: 99 })).toMatchObject({ anchorMatches: false })
})

test('retention removes the oldest, keeps the chain verifiable, and says so in an event', async () => {
  await several(10)
  await sealCommitted(store)
  expect(await expireEvents(store, START_MS + 4 * DAY_MS, START_MS + 40 * DAY_MS)).toBe(4)
  expect(await expireEvents(store, START_MS + 4 * DAY_MS, START_MS + 40 * DAY_MS)).toBe(0)
  const chain = await verifySealed(store, null)
  expect(chain).toMatchObject({ ok: true, checked: 7, checkpoint: { position: 4 }, head: { position: 11 } })
  const last = await store.prisma.auditEvent.findFirstOrThrow({ orderBy: { id: 'desc' } })
  expect(last).toMatchObject({ action: 'audit_log.expire', actorType: 'SYSTEM' })
  expect(JSON.parse(last.changes ?? '')).toEqual([
    { path: 'removed', before: null, after: 4 },
    { path: 'checkpoint.position', before: null, after: 4 },
    { path: 'checkpoint.hash', before: null, after: Buffer.from(chain.checkpoint.hash).toString('hex') },
  ])
  await change('DELETE FROM "AuditEvent" WHERE "chainPosition" = 5')
  expect(await verifyChain(store)).toMatchObject({ ok: false, fault: 'MISSING', brokenAt: 5 })
})

test('the keeper writes the head down at start and once a day, and removes what is too old', async () => {
  await several(3)
  let nowMs = START_MS + 31 * DAY_MS
  const anchors: string[] = []
  const options = {
    store,
    clock: () => nowMs,
    retentionMs: 30 * DAY_MS,
    onAnchor: ({ position, hash }: { position: number; hash: string }) =>
      anchors.push(`${position}:${hash.length}`),
    onProblem: (error: unknown) => {
      throw error
    },
  }
  /** The head that a keeper has found; it has then done what is done once a day. */
  const round = async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const keeper = createAuditKeeper({ ...options, onSealed: ({ position }) => resolve(position) })
    const head = await promise
    await keeper.close()
    return head
  }
  expect(await round()).toBe(3)
  expect(anchors).toEqual(['3:64'])
  // The first of the three is 31 days old.
  expect(await verifyChain(store)).toMatchObject({
    ok: true,
    checkpoint: { position: 1 },
    head: { position: 4 },
  })
  nowMs += DAY_MS
  expect(await round()).toBe(4)
  expect(anchors).toEqual(['3:64', '4:64'])
})

test('events of an earlier version are sealed from the genesis on', async () => {
  await several(450)
  expect(await sealCommitted(store)).toMatchObject({ position: 450 })
  expect(await verifyChain(store)).toMatchObject({ ok: true, checked: 450 })
})
