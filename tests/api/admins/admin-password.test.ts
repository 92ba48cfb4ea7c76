// The password of the environment makes the first admin and no more; a later one is said to have no effect, and
// `latchkey admin reset-password` is what has.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD, SIGN_IN, signIn } from '../../support/api/client.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { startServerProcess } from '../../support/server/server-process.ts'

const run = promisify(execFile)
const COMMAND = join(repositoryRoot, 'server/src/cli/main.ts')

describe('LATCHKEY_ADMIN_PASSWORD', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-password-'))
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  test('that is changed later is said at start to have no effect, and the unchanged one is not', async () => {
    const warningsAt = async (password: string) => {
      const server = await startServerProcess({
        LATCHKEY_DATA_DIR: dataDir,
        LATCHKEY_ADMIN_PASSWORD: password,
      })
      await server.stop()
      expect(server.output()).not.toContain(password)
      const output = server.output()
      await server.remove()
      return output.match(/^\{"level":40,.*$/gm) ?? []
    }
    expect(await warningsAt('the first password')).toEqual([])
    expect(await warningsAt('the first password')).toEqual([])
    expect(await warningsAt('another password')).toEqual([
      expect.stringMatching(/LATCHKEY_ADMIN_PASSWORD.*no effect.*latchkey admin reset-password/),
    ])
  })
})

describe('latchkey admin reset-password', () => {
  let server: TestLatchkey
  let env: Record<string, string>
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-reset-'))
  beforeAll(async () => {
    server = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    const isFile = !/^postgres/.test(server.database)
    env = {
      PATH: process.env.PATH ?? '',
      LATCHKEY_DATA_DIR: isFile ? join(server.database, '..') : server.dataDir,
      ...(!isFile && { DATABASE_URL: server.database }),
    }
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function reset(...args: string[]) {
    return run(process.execPath, [COMMAND, 'admin', 'reset-password', ...args], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        code,
        stdout,
        stderr,
      }),
    )
  }

  test('makes a password, prints it, ends the sessions, and is audited', async () => {
    const cookie = await signIn(server)
    const { code, stdout, stderr } = await reset()
    expect([code, stderr]).toEqual([0, 'The admin "admin" has a new password, and 1 session has ended.\n'])
    const password = stdout.trim()
    expect(password).toMatch(/^[\w-]{22,}$/)
    expect((await graphql(server, '{ viewer { name } }', {}, { cookie })).data?.viewer ?? null).toBeNull()
    const former = await graphql(server, SIGN_IN, { input: { username: 'admin', password: PASSWORD } })
    expect(former.data.signIn.viewer).toBeNull()
    expect(await signIn(server, 'admin', password)).toBeTruthy()
    const event = await server.app.store.prisma.auditEvent.findFirst({
      where: { action: 'admin.reset_password' },
    })
    expect(event).toMatchObject({ actorType: 'SYSTEM', targetType: 'Admin', targetLabel: 'admin' })
    expect(
      JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
    ).not.toContain(password)
  })

  test('takes a password from a file, without the line feed at its end', async () => {
    const file = join(folder, 'password')
    writeFileSync(file, 'chosen by me, today\n')
    const { code, stdout } = await reset('--password-file', file)
    expect([code, stdout]).toEqual([0, ''])
    expect(await signIn(server, 'admin', 'chosen by me, today')).toBeTruthy()
  })

  test.each([
    [['--user', 'nobody'], 'There is no admin "nobody". The admins: admin.'],
    [['--password-file', join(folder, 'short')], 'password must have at least 12 characters.'],
    [['--password-file', join(folder, 'absent')], 'cannot be read'],
  ])('%j is refused, and changes nothing', async (args, text) => {
    writeFileSync(join(folder, 'short'), 'short')
    const { code, stdout, stderr } = await reset(...args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(text)
  })

  test('on a data directory without a database is refused, and makes none', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'latchkey-empty-'))
    const { code, stderr } = await run(process.execPath, [COMMAND, 'admin', 'reset-password'], {
      env: { PATH: process.env.PATH ?? '', LATCHKEY_DATA_DIR: empty },
    }).then(
      () => ({ code: 0, stderr: '' }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    )
    expect([code, stderr]).toEqual([1, expect.stringContaining('There is no database')])
    rmSync(empty, { recursive: true })
  })
})
