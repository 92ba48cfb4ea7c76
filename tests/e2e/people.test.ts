// Giving colleagues and programs access in a real browser: an invitation, a change of role, an authenticator app, an admin token.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD } from '../support/api/client.ts'
import { axeViolations } from '../support/browser/axe.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { signInTo } from '../support/browser/sign-in.ts'
import { repositoryRoot } from '../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

describe.skipIf(chromiumUnavailableReason)('people and programs', () => {
  let latchkey: TestLatchkey
  let browser: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    browser = await launchBrowser()
    context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    await signInTo(page, latchkey.url)
  })
  afterAll(async () => {
    await browser?.close()
    await latchkey?.close()
  })

  async function expectAccessible() {
    expect(await axeViolations(page)).toEqual([])
  }

  test('a colleague has access by two clicks and a link', async () => {
    await page.getByRole('link', { name: 'People' }).click()
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByLabel('E-mail address').waitFor()
    await page.keyboard.type('mira@example.com')
    await page.keyboard.press('Enter')
    const link = await page.getByTestId('one-time-link').textContent()
    await page.getByText('works on this computer only').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByTestId('invitation-row').getByText('mira@example.com').waitFor()

    const stranger = await (await browser.newContext({ locale: 'en-US' })).newPage()
    await stranger.goto(link ?? '')
    await stranger.getByTestId('invitation-username').fill('mira')
    await stranger.getByTestId('invitation-password').fill('correct horse battery')
    await stranger.getByTestId('invitation-submit').click()
    await stranger.waitForURL(`${latchkey.url}/`)

    await page.reload()
    await page.getByTestId('admin-row').filter({ hasText: 'mira' }).getByText('Viewer').waitFor()
    await page.getByText('No invitation is waiting to be accepted.').waitFor()
    await expectAccessible()

    // A viewer sees records without their verbs, and is told of screens that are not for viewers.
    await stranger.goto(`${latchkey.url}/upstreams/ups_env_echo`)
    await stranger.getByRole('heading', { name: 'echo' }).waitFor()
    await stranger.goto(`${latchkey.url}/audit`)
    await stranger.getByTestId('no-access').waitFor()

    await page.getByTestId('admin-row').filter({ hasText: 'mira' }).getByTestId('admin-menu').click()
    await page.getByTestId('admin-sessions').click()
    const drawer = page.getByRole('dialog', { name: 'Sessions of mira' })
    const session = drawer.getByTestId('sessions').getByRole('listitem')
    await session.getByText('127.0.0.1').waitFor()
    expect(await session.count()).toBe(1)
    await expectAccessible()
    await session.getByRole('button', { name: 'End the session in Chrome' }).click()
    await drawer.getByText('This person is not signed in anywhere.').waitFor()
    expect(await drawer.getByTestId('end-all-sessions').isDisabled()).toBe(true)
    await page.goBack()
    await drawer.waitFor({ state: 'detached' })
    await stranger.reload()
    await stranger.waitForURL(/\/login/)

    // All at once.
    await signInTo(stranger, latchkey.url, { username: 'mira', password: 'correct horse battery' })
    await page.getByTestId('admin-row').filter({ hasText: 'mira' }).getByTestId('admin-menu').click()
    await page.getByTestId('admin-sessions').click()
    await page.getByTestId('end-all-sessions').click()
    await page.getByTestId('confirm-sessions').click()
    await page.getByText('Ended sessions of “mira”: 1.').waitFor()
    await drawer.getByText('This person is not signed in anywhere.').waitFor()
    await drawer.getByRole('button', { name: 'Close' }).last().click()
    await stranger.reload()
    await stranger.waitForURL(/\/login/)
  })

  test('a role is changed, an admin disabled, and enabled again by undo', async () => {
    const row = page.getByTestId('admin-row').filter({ hasText: 'mira' })
    await row.getByTestId('admin-menu').click()
    await page.getByTestId('admin-edit').click()
    await page.getByTestId('role').selectOption('ADMIN')
    await page.getByTestId('admin-save').click()
    await row.getByText('Admin', { exact: true }).waitFor()
    await row.getByTestId('admin-menu').click()
    await page.getByTestId('admin-disable').click()
    await page.getByTestId('confirm-disable').click()
    await row.getByText('Disabled').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await row.getByText('Active').waitFor()
    const { data } = await graphql(
      latchkey,
      '{ admins(first: 10) { nodes { username role enabled } } }',
      {},
      { token: latchkey.adminToken },
    )
    expect(data).toMatchObject({
      admins: { nodes: expect.arrayContaining([{ username: 'mira', role: 'ADMIN', enabled: true }]) },
    })
  })

  test('the own account lists its session, and keeps the key of an app that is being set up', async () => {
    await page.getByTestId('account-menu').first().click()
    await page.getByTestId('own-account').click()
    await page.getByTestId('sessions').getByText('this browser').waitFor()
    await expectAccessible()
    await page.getByTestId('app-set-up').click()
    const first = await page.getByTestId('totp-secret').textContent()
    await page.getByTestId('qr-code').waitFor()
    await page.reload()
    await page.getByTestId('app-set-up').click()
    expect(await page.getByTestId('totp-secret').textContent()).toBe(first)
    await page.keyboard.press('Escape')
  })

  test('a program gets a token that may read usage, and loses it', async () => {
    await page.getByRole('link', { name: 'Admin tokens' }).click()
    await page.getByTestId('create-token').click()
    await page.getByTestId('token-name').fill('billing report')
    await page.getByRole('button', { name: 'Read usage' }).click()
    await page.getByTestId('token-save').click()
    const secret = (await page.getByTestId('secret').textContent()) ?? ''
    await page.getByTestId('token-kept').click()
    const ask = (query: string) => graphql(latchkey, query, {}, { token: secret })
    expect((await ask('{ viewer { name scopes } }')).data).toEqual({
      viewer: { name: 'billing report', scopes: ['usage:read'] },
    })
    const row = page.getByTestId('token-row').filter({ hasText: 'billing report' })
    await row.getByText('see usage and costs').waitFor()
    await row.getByTestId('token-menu').click()
    await page.getByTestId('token-revoke').click()
    await page.getByTestId('confirm-token-revoke').click()
    await row.getByText('Revoked').waitFor()
    expect((await ask('{ viewer { name } }')).data?.viewer ?? null).toBeNull()
  })

  test('a link to what is not there says so, and leads to the list', async () => {
    for (const [list, id] of [
      ['tokens', 'tok_999999'],
      ['people', 'adm_999999'],
    ]) {
      await page.goto(`${latchkey.url}/${list}?edit=${id}`)
      const missing = page.getByTestId('record-not-found')
      await missing.getByText(`There is nothing with the id ${id}`).waitFor()
      await missing.getByRole('link', { name: 'To the list' }).click()
      await missing.waitFor({ state: 'detached' })
    }
  })

  test('a backup is made, and is whole as a download and as a file that the browser asks for', async () => {
    await latchkey.createKey({ name: 'kept in the backup' })
    await page.goto(`${latchkey.url}/backup`)
    await page.getByTestId('backup-create').click()
    await page.getByTestId('backup-make').click()
    const save = async () => {
      await page.getByTestId('backup-menu').click()
      await page.getByRole('menuitem', { name: 'Download' }).click()
    }

    // As in browsers that have no question of their own where a file goes.
    await page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'))
    const [download] = await Promise.all([page.waitForEvent('download'), save()])
    const name = download.suggestedFilename()
    expect(name).toMatch(/^bak_.*\.tar$/)
    const downloaded = readFileSync(await download.path())

    // Nobody can say to that question where the file goes: it goes to the files of the page, which are written as others are.
    await page.evaluate(() => {
      const showSaveFilePicker = async ({ suggestedName }: { suggestedName: string }) => {
        const folder = await navigator.storage.getDirectory()
        return folder.getFileHandle(suggestedName, { create: true })
      }
      Object.assign(window, { showSaveFilePicker })
    })
    await save()
    // Empty until its writer has closed it.
    await expect.poll(async () => (await fileOfPage(page, name)).length).toBe(downloaded.length)
    const picked = await fileOfPage(page, name)

    expect(picked.equals(downloaded)).toBe(true)
    expect(await namesOfRestored(picked, name)).toContain('kept in the backup')
  })
})

/** The bytes of a file of the page; none where there is no such file. */
async function fileOfPage(page: Page, name: string): Promise<Buffer> {
  const url = await page.evaluate(async (wanted) => {
    const folder = await navigator.storage.getDirectory()
    const handle = await folder.getFileHandle(wanted).catch(() => null)
    const file = (await handle?.getFile()) ?? new Blob()
    return new Promise<string>((resolve) => {
      const reader = new FileReader()
      reader.onload = () => resolve(String(reader.result))
      reader.readAsDataURL(file)
    })
  }, name)
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
}

/** The names of the keys in an archive of a backup, once the command has restored it into a data directory of its own. */
async function namesOfRestored(archive: Buffer, name: string): Promise<unknown[]> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-saved-'))
  try {
    writeFileSync(join(folder, name), archive)
    const run = promisify(execFile)
    await run('tar', ['-xf', name], { cwd: folder })
    const copy = join(folder, name.replace('.tar', '.db'))
    const command = join(repositoryRoot, 'server/src/cli/main.ts')
    const env = { PATH: process.env.PATH ?? '', LATCHKEY_DATA_DIR: join(folder, 'data') }
    await run(process.execPath, [command, 'backup', 'restore', copy, '--confirm', 'restore'], { env })
    const restored = new DatabaseSync(join(folder, 'data/latchkey.db'), { readOnly: true })
    const rows = restored.prepare('SELECT "name" FROM "ApiKey"').all()
    restored.close()
    return rows.map((row) => row.name)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
