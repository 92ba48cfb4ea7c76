// `latchkey keys` and `latchkey alerts`: what a person or a script types, against a running server.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repositoryRoot } from '../../support/run/repository.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const COMMAND = join(repositoryRoot, 'server/src/cli/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(async () => {
  await latchkey.close()
  rmSync(folder, { recursive: true, force: true })
})

type Ran = { code: number; stdout: string; stderr: string }

async function run(...args: string[]): Promise<Ran> {
  const env = {
    PATH: process.env.PATH ?? '',
    LATCHKEY_URL: latchkey.url,
    LATCHKEY_ADMIN_TOKEN: latchkey.adminToken,
  }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [COMMAND, ...args], { env })) }
  } catch (error) {
    return error as Ran
  }
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('ensure prints the secret of a key that it created, and no other time', async () => {
  const policy = file(
    'policy.json',
    JSON.stringify({ limits: [{ unit: 'REQUESTS', window: 'DAY', max: 5 }] }),
  )
  const args = ['keys', 'ensure', '--external-id', 'cli/1', '--name', 'by hand', '--policy', policy]
  const made = await run(...args, '--label', 'env=prod', 'team=blue')
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('created') })
  expect((await chat(latchkey, made.stdout.trim(), { model: 'echo' })).status).toBe(200)
  expect(await run(...args)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('was there'),
  })
  const listed = await run('keys', 'list', '--label', 'env=prod', '--json')
  expect(JSON.parse(listed.stdout)).toMatchObject({ externalId: 'cli/1', policy: { limits: [{ max: 5 }] } })
  expect((await run('keys', 'list', '--status', 'REVOKED')).stdout).toBe('')
  expect(await run('keys', 'list', '--label', 'env')).toMatchObject({ code: 2 })
})

test('owners ensure creates an owner, and changes what is described', async () => {
  const args = ['owners', 'ensure', '--external-id', 'cli/team', '--name', 'Search']
  const made = await run(...args, '--kind', 'customer', '--label', 'tier=gold')
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('created') })
  const id = made.stdout.trim()
  const again = await run(...args, '--contact', 'ada@example.com')
  expect(again).toMatchObject({ code: 0, stdout: `${id}\n`, stderr: expect.stringContaining('was there') })
  const listed = await run('owners', 'list', '--search', id, '--json')
  const labels = [{ name: 'tier', value: 'gold' }]
  expect(JSON.parse(listed.stdout)).toMatchObject({ kind: 'CUSTOMER', contact: 'ada@example.com', labels })
  expect(await run(...args, '--kind', 'crowd')).toMatchObject({ code: 2 })
})

test('labels ensure creates limits of a label, and changes what is described', async () => {
  const policy = (max: number) =>
    file('shared.json', JSON.stringify({ limits: [{ unit: 'REQUESTS', window: 'DAY', max }] }))
  const args = ['labels', 'ensure', '--label', 'env=cli']
  const made = await run(...args, '--policy', policy(5))
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('created') })
  const again = await run(...args, '--policy', policy(6), '--disabled')
  expect(again).toMatchObject({ code: 0, stdout: made.stdout, stderr: expect.stringContaining('was there') })
  const listed = await run('labels', 'list', '--label', 'env=cli', '--json')
  expect(JSON.parse(listed.stdout)).toMatchObject({
    id: made.stdout.trim(),
    name: 'env=cli',
    enabled: false,
    policy: { limits: [{ max: 6 }] },
  })
  expect(await run('labels', 'list')).toMatchObject({
    stdout: expect.stringContaining('env=cli  0 keys  disabled'),
  })
  expect(await run(...args, '--label', 'a=b', '--policy', policy(5))).toMatchObject({ code: 2 })
  expect(await run(...args, '--policy', policy(5), '--enabled', '--disabled')).toMatchObject({ code: 2 })
})

test('a mistake in a command or an address says what to do', async () => {
  const stderr = (text: string) => expect.stringContaining(text)
  expect(await run('kyes')).toMatchObject({ code: 2, stderr: stderr('Add --help') })
  expect(await run('keys', 'list', '--url', 'http://127.0.0.1:9')).toMatchObject({
    code: 1,
    stderr: stderr('http://127.0.0.1:9 could not be reached'),
  })
  expect(await run('keys', 'list', '--url', new URL(latchkey.url).host)).toMatchObject({
    code: 1,
    stderr: stderr('must be an http:// or https:// URL'),
  })
})

test('import reads a list or lines, says what is refused, and prints no secret', async () => {
  const secrets = [randomUUID(), randomUUID(), 'short']
  const items = secrets.map((secret, at) => ({ name: `imported ${at}`, secret }))
  const lines = file('keys.jsonl', `${items.map((item) => JSON.stringify(item)).join('\n')}\n`)
  const tried = await run('keys', 'import', lines, '--dry-run')
  expect(tried).toMatchObject({ code: 1, stderr: expect.stringContaining('2 of 3 keys would be imported.') })
  const list = file('keys.json', JSON.stringify(items.slice(0, 2)))
  const done = await run('keys', 'import', list)
  expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('2 of 2 keys imported.') })
  for (const secret of secrets) expect(tried.stderr + tried.stdout + done.stderr).not.toContain(secret)
  expect((await chat(latchkey, secrets[0] ?? '', { model: 'echo' })).status).toBe(200)
  for (const [path, message] of [
    [file('no.json', '{"name": '), 'is not JSON'],
    [file('empty.json', '[]'), 'holds no key'],
    [join(folder, 'absent'), 'cannot be read'],
  ] as const)
    expect(await run('keys', 'import', path)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message),
    })
})

test('alerts list says what is open, and test whether a channel works', async () => {
  const sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { channel } = await sdk.alerts.channels.create({
    name: 'nobody there',
    kind: 'WEBHOOK',
    url: 'http://127.0.0.1:9/',
  })
  const tested = await run('alerts', 'test', channel.id, '--json')
  expect(tested.code).toBe(1)
  expect(JSON.parse(tested.stdout)).toMatchObject({ ok: false })
  expect(await run('alerts', 'list')).toMatchObject({ code: 0, stdout: '' })
})
