// `latchkey admin list|invite`: what a person or a script types, against a running server.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accept } from '../../support/api/people.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const COMMAND = join(repositoryRoot, 'server/src/cli/main.ts')
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

type Ran = { code: number; stdout: string; stderr: string }

async function run(args: string[], token = latchkey.adminToken): Promise<Ran> {
  const env = { PATH: process.env.PATH ?? '', LATCHKEY_URL: latchkey.url, LATCHKEY_ADMIN_TOKEN: token }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [COMMAND, ...args], { env })) }
  } catch (error) {
    return error as Ran
  }
}

test('invite prints a link that makes an admin, whom list shows with role and owners', async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const owner = await admin.owners.create({ name: 'Team A' })
  const invited = await run(['admin', 'invite', '--role', 'KEY_MANAGER', '--owner', owner.id])
  expect(invited).toMatchObject({ code: 0, stderr: expect.stringMatching(/^inv_\d+: KEY_MANAGER, until /) })
  const link = new URL(invited.stdout.trim())
  expect(link.origin).toBe(latchkey.url)
  await accept(latchkey, link.hash.replace('#token=', ''), 'kim')
  const { stdout } = await run(['admin', 'list'])
  expect(stdout).toMatch(/^adm_\d+ {2}kim {2}KEY_MANAGER {2}enabled {2}no second factor .* {2}Team A$/m)
  const [json = ''] = (await run(['admin', 'list', '--json'])).stdout.trim().split('\n')
  expect(JSON.parse(json)).toMatchObject({ username: 'kim', owners: [{ name: 'Team A' }] })
})

test('what the server refuses exits with 1, and invalid arguments, as no token, with 2', async () => {
  expect(await run(['admin', 'invite', '--role', 'VIEWER', '--owner', 'own_1'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Only a KEY_MANAGER has owners'),
  })
  expect(await run(['admin', 'invite', '--role', 'BOSS'])).toMatchObject({ code: 2 })
  expect(await run(['admin', 'invite'])).toMatchObject({ code: 2 })
  for (const command of [
    ['admin', 'list'],
    ['token', 'list'],
    ['keys', 'list'],
    ['alerts', 'list'],
  ])
    expect(await run(command, '')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('LATCHKEY_ADMIN_TOKEN'),
    })
})
