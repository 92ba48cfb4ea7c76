// `latchkey backup`: beside a running server and without one; above all, restoring.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { Latchkey } from '@latchkey/sdk'
import { manifestText, readManifest } from '@latchkey/server/domain/backups/backup-manifest.ts'
import { restoreBackup } from '@latchkey/server/services/backups/restore-backup.ts'
import { afterAll, expect, inject, test } from 'vitest'
import { repositoryRoot } from '../../support/run/repository.ts'
import { startLatchkey } from '../../support/server/latchkey.ts'
import { startServerProcess } from '../../support/server/server-process.ts'

const COMMAND = join(repositoryRoot, 'server/src/cli/main.ts')
const FIXTURE = join(repositoryRoot, 'tests/fixtures/backup-format-1')
const TOKEN = 'a-token-of-a-test-that-is-long-enough-8Qm2'
const folders: string[] = []
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'latchkey-restore-'))
  folders.push(made)
  return made
}

type Ran = { code: number; stdout: string; stderr: string }

async function backup(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  try {
    const ran = await promisify(execFile)(process.execPath, [COMMAND, 'backup', ...args], {
      env: { PATH: process.env.PATH ?? '', ...env },
    })
    return { code: 0, ...ran }
  } catch (error) {
    const { code, stdout, stderr } = error as Ran
    return { code, stdout, stderr }
  }
}

if (inject('database') === 'postgresql') {
  test('with PostgreSQL, a backup is noted, and no other command touches it', async () => {
    const server = await startLatchkey()
    try {
      const env = { DATABASE_URL: server.database, LATCHKEY_DATA_DIR: server.dataDir }
      expect(await backup(env, 'create')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('pg_dump'),
      })
      const restored = await backup(env, 'restore', 'bak_20260101T000000000Z_000000', '--confirm', 'restore')
      expect(restored).toMatchObject({ code: 1, stderr: expect.stringContaining('pg_dump') })
      expect((await backup(env, 'mark', '--note', 'nightly dump')).code).toBe(0)
      const listed = await backup(env, 'list')
      expect(listed.stdout).toMatch(
        /^xbk_1 .*made by another program {2}by latchkey backup {2}nightly dump\n$/,
      )
    } finally {
      await server.close()
    }
  })
} else {
  test('a restore brings back the database of then, moves the former one aside, and ends sessions', async () => {
    const dataDir = folder()
    const env = { LATCHKEY_DATA_DIR: dataDir }
    const server = await startServerProcess({ ...env, LATCHKEY_ADMIN_TOKEN: TOKEN })
    const sdk = new Latchkey({ url: server.url, adminToken: TOKEN })
    const { apiKey } = await sdk.keys.create({ name: 'of before' })
    const made = JSON.parse((await backup(env, 'create', '--note', 'by hand', '--json')).stdout)
    expect(made).toMatchObject({ kind: 'SNAPSHOT', note: 'by hand', createdBy: 'latchkey backup' })
    await sdk.keys.create({ name: 'of after' })
    await sdk.keys.revoke(apiKey.id)
    // The server runs.
    const running = await backup(env, 'restore', made.id, '--confirm', 'restore')
    expect(running).toMatchObject({ code: 1, stderr: expect.stringContaining('in use by another Latchkey') })
    await server.stop()

    expect((await backup(env, 'verify', made.id)).stdout).toContain('It is whole.')
    for (const args of [[], ['--confirm', 'yes']]) {
      const refused = await backup(env, 'restore', made.id, ...args)
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing was changed.') })
    }
    expect(readdirSync(dataDir).filter((name) => name.startsWith('before-restore'))).toEqual([])
    insertSession(join(dataDir, 'backups', `${made.id}.db`))
    // Its file is not what it was.
    const damaged = await backup(env, 'restore', made.id, '--confirm', 'restore')
    expect(damaged).toMatchObject({ code: 1, stderr: expect.stringContaining('is not what the backup was') })
    resign(join(dataDir, 'backups'), made.id)

    const restored = await backup(env, 'restore', made.id, '--confirm', 'restore')
    expect(restored).toMatchObject({ code: 0, stdout: `${made.id} is restored. Start the server.\n` })
    const [former = ''] = readdirSync(dataDir).filter((name) => name.startsWith('before-restore'))
    expect(readdirSync(join(dataDir, former)).sort()).toEqual(['journal', 'latchkey.db'])
    expect(keyNames(join(dataDir, former, 'latchkey.db'))).toEqual(['of before', 'of after'])
    expect(rowsOf(join(dataDir, 'latchkey.db'), 'AdminSession')).toBe(0)

    const again = await startServerProcess({ ...env, LATCHKEY_ADMIN_TOKEN: TOKEN })
    const after = new Latchkey({ url: again.url, adminToken: TOKEN })
    expect((await after.keys.list()).items).toMatchObject([{ name: 'of before', status: 'ACTIVE' }])
    const [event] = (await after.audit.list({ filter: { action: ['backup.restore'] } })).items
    expect(event).toMatchObject({ actor: { type: 'SYSTEM' }, targetId: made.id })
    expect(await after.audit.verify()).toMatchObject({ ok: true })
    await again.remove()
    await server.remove()
  }, 120_000)

  // Node's own recursive mkdir never returns there.
  test.runIf(process.platform === 'linux')('a folder that cannot be made ends the command', async () => {
    const from = folder()
    const path = join(from, 'from', `${unpackFixture(from)}.db`)
    const restored = await backup(
      { LATCHKEY_DATA_DIR: '/proc/latchkey' },
      'restore',
      path,
      '--confirm',
      'restore',
    )
    const said = '/proc/latchkey cannot be used (ENOENT). Check LATCHKEY_DATA_DIR.\n'
    expect(restored).toMatchObject({ code: 1, stderr: expect.stringContaining(said) })
  })

  test('a backup of format 1 is restored by this version, where nothing was before', async () => {
    const dataDir = folder()
    const id = unpackFixture(dataDir)
    const env = { LATCHKEY_DATA_DIR: dataDir }
    const restored = await backup(env, 'restore', join(dataDir, 'from', `${id}.db`), '--confirm', 'restore')
    expect(restored).toMatchObject({ code: 0, stderr: expect.stringContaining('The encryption key') })
    expect(keyNames(join(dataDir, 'latchkey.db'))).toEqual(['kept for the fixture'])
    const server = await startServerProcess({
      ...env,
      LATCHKEY_ADMIN_TOKEN: TOKEN,
      LATCHKEY_ENCRYPTION_KEY_LOST: 'on',
    })
    const sdk = new Latchkey({ url: server.url, adminToken: TOKEN })
    expect((await sdk.keys.list()).items).toMatchObject([{ name: 'kept for the fixture' }])
    await server.remove()
  })

  test('a restore that cannot copy leaves no data directory where none was', async () => {
    const from = folder()
    const id = unpackFixture(from)
    const dataDir = join(from, 'new')
    const restore = restoreBackup({
      dataDir,
      database: join(from, 'absent', 'latchkey.db'),
      encryptionKey: null,
      which: join(from, 'from', `${id}.db`),
      nowMs: Date.now(),
      confirm: async () => true,
    })
    await expect(restore).rejects.toThrow('ENOENT')
    expect(existsSync(dataDir)).toBe(false)
  })

  test('a backup of a newer schema, of a newer format, or without one is refused', async () => {
    const dataDir = folder()
    const id = unpackFixture(dataDir)
    const from = join(dataDir, 'from')
    const env = { LATCHKEY_DATA_DIR: dataDir }
    const database = new DatabaseSync(join(from, `${id}.db`))
    database.exec(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
       VALUES ('x', 'x', '20990101000000_later', CURRENT_TIMESTAMP, 1)`,
    )
    database.close()
    resign(from, id)
    const newer = await backup(env, 'restore', join(from, `${id}.db`), '--confirm', 'restore')
    expect(newer).toMatchObject({ code: 1, stderr: expect.stringContaining('a newer version') })
    expect(existsSync(join(dataDir, 'latchkey.db'))).toBe(false)

    const manifest = join(from, `${id}.json`)
    const text = readFileSync(manifest, 'utf8')
    writeFileSync(manifest, text.replace('"formatVersion": 1', '"formatVersion": 2'))
    const format = await backup(env, 'verify', manifest)
    expect(format).toMatchObject({ code: 1, stderr: expect.stringContaining('format version 2') })
    rmSync(manifest)
    const alone = await backup(env, 'verify', join(from, `${id}.db`))
    expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no') })
    expect((await backup(env, 'restore', 'notes.txt')).stderr).toContain('is not the id of a backup')
    const absent = join(dataDir, 'absent')
    const packed = await backup({ LATCHKEY_DATA_DIR: absent }, 'restore', join(from, 'a.tar'))
    expect(packed.stderr).toContain('Unpack it first: tar -xf')
    expect(existsSync(absent), 'a refused restore leaves no data directory').toBe(false)
  })
}

/** Puts the backup of the fixture into `from/` of a data directory; returns its id. */
function unpackFixture(dataDir: string): string {
  const from = join(dataDir, 'from')
  mkdirSync(from)
  const manifest = readdirSync(FIXTURE).find((name) => name.endsWith('.json')) ?? ''
  const id = manifest.replace('.json', '')
  copyFileSync(join(FIXTURE, manifest), join(from, manifest))
  writeFileSync(join(from, `${id}.db`), gunzipSync(readFileSync(join(FIXTURE, `${id}.db.gz`))))
  return id
}

/** Writes into the manifest what the database is now. */
function resign(from: string, id: string): void {
  const path = join(from, `${id}.json`)
  const read = readManifest(readFileSync(path, 'utf8'))
  if (typeof read === 'string') throw new Error(read)
  const bytes = readFileSync(join(from, `${id}.db`))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  writeFileSync(path, manifestText({ ...read, copy: { ...read.copy, bytes: bytes.length, sha256 } }))
}

/** A session that had ended after the backup was made. */
function insertSession(path: string): void {
  const database = new DatabaseSync(path)
  database.exec(`INSERT INTO "Admin" ("username", "passwordHash", "createdAt") VALUES ('ada', '', 1);
    INSERT INTO "AdminSession" ("tokenHash", "adminId", "createdAt", "lastSeenAt", "expiresAt") VALUES (x'00', 1, 1, 1, 99999999999999)`)
  database.close()
}

function keyNames(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('SELECT "name" FROM "ApiKey" ORDER BY "id"').all()
  database.close()
  return rows.map(({ name }) => String(name))
}

function rowsOf(path: string, table: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare(`SELECT count(*) AS n FROM "${table}"`).get()
  database.close()
  return Number(row?.n)
}
