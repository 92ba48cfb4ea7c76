// Backups of a running server: made, listed, downloaded, deleted, made by themselves; and the finding that there is none.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Latchkey, UserInputError } from '@latchkey/sdk'
import { DAY_MS, HOUR_MS } from '@latchkey/server/domain/time.ts'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { graphql, PASSWORD } from '../../support/api/client.ts'
import { signedInAs } from '../../support/api/people.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let sdk: Latchkey
let aheadMs = 0
const folder = mkdtempSync(join(tmpdir(), 'latchkey-backups-'))

beforeAll(async () => {
  latchkey = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD },
  })
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(async () => {
  await latchkey.close()
  rmSync(folder, { recursive: true, force: true })
})

async function isFound(): Promise<boolean> {
  const { items } = await sdk.findings.list({ filter: { code: ['NO_BACKUP_IN_7_DAYS'] } })
  return items.length > 0
}

test('the finding comes after seven days without one, and ends with a noted one', async () => {
  await sdk.keys.create({ name: 'first change' })
  expect(await isFound()).toBe(false)
  aheadMs = 8 * DAY_MS
  expect(await isFound()).toBe(true)
  const marked = await sdk.backups.mark({ note: 'pg_dump to the vault' })
  expect(marked).toMatchObject({ id: 'xbk_1', kind: 'EXTERNAL', note: 'pg_dump to the vault', bytes: null })
  expect(await isFound()).toBe(false)
  aheadMs = 16 * DAY_MS
  expect(await isFound()).toBe(true)
  expect(await sdk.backups.delete(marked.id)).toBe('xbk_1')
  await expect(sdk.backups.delete(marked.id)).rejects.toThrow(/no such backup/)
})

test.each([
  ['x'.repeat(501), /at most 500/],
  ['a\u0007b', /control/],
])('a note that is too long or cannot be seen is refused', async (note, message) => {
  await expect(sdk.backups.mark({ note })).rejects.toThrow(message)
})

if (inject('database') === 'postgresql') {
  test('PostgreSQL is not copied: the error says what does it', async () => {
    await expect(sdk.backups.create()).rejects.toThrow(/pg_dump/)
    await expect(sdk.settings.update({ backupHour: 3 })).rejects.toThrow(/pg_dump/)
    await sdk.settings.update({ backupsKept: 3 })
  })
} else {
  describe('of SQLite', () => {
    test('is a whole database with all that was committed, and its manifest, for this user alone', async () => {
      const { apiKey } = await sdk.keys.create({ name: 'kept in the backup' })
      const made = await sdk.backups.create({ note: 'before the move' })
      expect(made).toMatchObject({
        kind: 'SNAPSHOT',
        createdBy: 'environment',
        isScheduled: false,
        note: 'before the move',
        schemaVersion: expect.stringMatching(/^\d{14}_/),
        downloadPath: `/export/backups/${made?.id}.tar`,
      })
      const base = join(latchkey.dataDir, 'backups', made?.id ?? '')
      const bytes = readFileSync(`${base}.db`)
      expect(bytes.length).toBe(made?.bytes)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(made?.sha256)
      expect(statSync(`${base}.db`).mode & 0o077).toBe(0)
      expect(JSON.parse(readFileSync(`${base}.json`, 'utf8'))).toEqual({
        format: 'latchkey-backup',
        formatVersion: 1,
        id: made?.id,
        createdAt: made?.createdAt,
        createdBy: 'environment',
        scheduled: false,
        note: 'before the move',
        latchkeyVersion: made?.latchkeyVersion,
        schemaVersion: made?.schemaVersion,
        database: { kind: 'sqlite', file: `${made?.id}.db`, bytes: made?.bytes, sha256: made?.sha256 },
        encryptionKey: { included: false, id: expect.stringMatching(/^[0-9a-f]{16}$/) },
      })
      const copy = new DatabaseSync(`${base}.db`, { readOnly: true })
      const row = copy.prepare('SELECT "name" FROM "ApiKey" WHERE "id" = ?').get(Number(apiKey.id.slice(4)))
      copy.close()
      expect(row).toEqual({ name: 'kept in the backup' })
      const key = readFileSync(join(latchkey.dataDir, 'encryption.key'), 'utf8').trim()
      expect(bytes.includes(key)).toBe(false)
      expect(readFileSync(`${base}.json`, 'utf8')).not.toContain(key)
      expect(await isFound()).toBe(false)
    })

    test('is downloaded as a tar archive of both files, with a scope of its own', async () => {
      const made = await sdk.backups.create()
      const id = made?.id ?? ''
      const path = join(folder, 'one.tar')
      await sdk.backups.downloadTo(id, path)
      execFileSync('tar', ['-xf', path, '-C', folder])
      expect(readdirSync(folder).sort()).toEqual([`${id}.db`, `${id}.json`, 'one.tar'])
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, `${id}.db`)))
          .digest('hex'),
      ).toBe(made?.sha256)
      const [event] = (await sdk.audit.list({ filter: { action: ['backup.download'] } })).items
      expect(event).toMatchObject({ targetType: 'Backup', targetId: id })
      const { token } = await sdk.adminTokens.create({ name: 'lister', scopes: ['settings:write'] })
      const lister = new Latchkey({ url: latchkey.url, adminToken: token })
      expect((await lister.backups.list({ first: 1 })).items).toMatchObject([{ id }])
      await expect(lister.backups.downloadTo(id, join(folder, 'two.tar'))).rejects.toThrow(/backups:read/)
      expect(existsSync(join(folder, 'two.tar'))).toBe(false)
      for (const wrong of ['bak_20260101T000000000Z_000000', '..%2Flatchkey', 'x'])
        expect((await download(wrong)).status).toBe(404)
    })

    test('is not for whoever is restricted to owners, nor for the role ADMIN to download', async () => {
      const made = await sdk.backups.create()
      const owner = await sdk.owners.create({ name: 'some team' })
      const { token } = await sdk.adminTokens.create({
        name: 'restricted',
        scopes: ['settings:write', 'backups:read'],
        ownerIds: [owner.id],
      })
      const restricted = new Latchkey({ url: latchkey.url, adminToken: token })
      await expect(restricted.backups.create()).rejects.toThrow(/restricted/)
      await expect(restricted.backups.downloadTo(made?.id ?? '', join(folder, 'x.tar'))).rejects.toThrow(
        /restricted/,
      )
      const { cookie } = await signedInAs(latchkey, 'ADMIN', 'second')
      const viewer = await graphql(latchkey, '{ viewer { scopes } }', {}, { cookie })
      expect(viewer.data.viewer.scopes).not.toContain('backups:read')
    })

    test('is made while another is refused, and one that was interrupted leaves nothing', async () => {
      const results = await Promise.allSettled([
        sdk.backups.create(),
        sdk.backups.create(),
        sdk.backups.create(),
      ])
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused.length).toBeGreaterThan(0)
      for (const { reason } of refused) expect(reason).toBeInstanceOf(UserInputError)
      expect(
        readdirSync(join(latchkey.dataDir, 'backups')).filter((name) => !/\.(db|json)$/.test(name)),
      ).toEqual([])
    })

    test('is listed page by page, newest first, and deleted with its files', async () => {
      const all = await Array.fromAsync(sdk.backups.list({ first: 2 }))
      expect(all.length).toBeGreaterThan(3)
      const times = all.map(({ createdAt }) => createdAt)
      expect(times).toEqual(times.toSorted().reverse())
      const backwards = await sdk.backups.list({ last: 100 })
      expect(backwards.items.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
      const [first] = all
      await sdk.backups.delete(first?.id ?? '')
      expect(existsSync(join(latchkey.dataDir, 'backups', `${first?.id}.db`))).toBe(false)
      expect((await sdk.backups.list()).items.map(({ id }) => id)).not.toContain(first?.id)
      // No other file of that folder, or of another, is one.
      writeFileSync(join(latchkey.dataDir, 'backups', 'notes.json'), '{}')
      await expect(sdk.backups.delete('notes')).rejects.toThrow(/no such backup/)
      await expect(sdk.backups.delete('../encryption')).rejects.toThrow(/no such backup/)
    })

    test('is made once a day at the hour of the settings, and the oldest of those are removed', async () => {
      // To look whether one is due needs no Prisma, which a server would otherwise load within a minute of its start.
      const prisma = vi.spyOn(latchkey.app.store, 'prisma', 'get')
      expect(await latchkey.app.backups.step()).toBe(false)
      expect(prisma).not.toHaveBeenCalled()
      prisma.mockRestore()
      const hour = new Date(Date.now() + aheadMs).getUTCHours()
      await sdk.settings.update({ backupHour: hour, backupsKept: 2 })
      const kept = (await sdk.backups.list({ first: 100 })).items.filter(({ isScheduled }) => !isScheduled)
      for (let day = 0; day < 4; day++) {
        expect(await latchkey.app.backups.step()).toBe(true)
        expect(await latchkey.app.backups.step()).toBe(false)
        aheadMs += DAY_MS - HOUR_MS / 2
        const isDue = new Date(Date.now() + aheadMs).getUTCHours() === hour
        expect(await latchkey.app.backups.step()).toBe(isDue)
        aheadMs += HOUR_MS / 2
        if (isDue) aheadMs += DAY_MS
      }
      const { items } = await sdk.backups.list({ first: 100 })
      expect(items.filter(({ isScheduled }) => isScheduled)).toHaveLength(2)
      expect(items.filter(({ isScheduled }) => !isScheduled)).toEqual(kept)
      expect(items[0]).toMatchObject({ createdBy: 'schedule', isScheduled: true })
      expect(Date.parse((await sdk.backups.status()).nextAt ?? '')).toBeGreaterThan(Date.now() + aheadMs)
      await sdk.settings.update({ backupHour: null })
      expect(await sdk.backups.status()).toMatchObject({ nextAt: null, runningSince: null, failure: null })
    })

    test('one that fails says why by a code', async () => {
      const place = (await sdk.backups.status()).folder
      renameSync(place, `${place}-aside`)
      writeFileSync(place, 'no folder')
      try {
        await expect(sdk.backups.create()).rejects.toThrow()
        expect(await sdk.backups.status()).toMatchObject({
          failure: expect.stringContaining('EEXIST'),
          failureCode: 'FAILED',
          failureDetail: { systemError: 'EEXIST', freeBytes: null },
        })
      } finally {
        rmSync(place)
        renameSync(`${place}-aside`, place)
      }
    })

    test.each([
      [{ backupHour: 24 }, /0 to 23/],
      [{ backupHour: -1 }, /0 to 23/],
      [{ backupsKept: 0 }, /1 to 365/],
      [{ backupsKept: 366 }, /1 to 365/],
    ])('the settings refuse %j', async (input, message) => {
      await expect(sdk.settings.update(input)).rejects.toThrow(message)
    })
  })
}

function download(id: string): Promise<Response> {
  return fetch(`${latchkey.url}/export/backups/${id}.tar`, {
    headers: { authorization: `Bearer ${latchkey.adminToken}` },
  })
}
