// How each of the twelve jobs is done without a mouse, from the overview on. How many keys it takes is not bounded.
import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { OPENAI_UPSTREAM_KEY } from '../../support/openai-upstream/openai-upstream.ts'
import {
  changeAsMira,
  expectAccess,
  expectBackTest,
  expectBiggestSpenderFirst,
  expectBothSecrets,
  expectBudget,
  expectBudgetAsCause,
  expectChangeOfMira,
  expectLastMonth,
  expectLongerLife,
  expectPublished,
  expectStatus,
  expectWorkingKey,
  statusOfCall,
} from './effects.ts'
import type { AtWork } from './job-bench.ts'
import { OTHER_CASES } from './jobs.ts'
import { find, type JobDone, jobOf, keysWith } from './jobs-by-mouse.ts'

/** More presses than this, and nobody would call it reachable. */
const TABS_MAX = 120

/** Goes to something with the Tab key, and presses Enter there, or another key. Rejects where it cannot be reached. */
async function pressAt({ hands }: AtWork, target: Locator, key = 'Enter'): Promise<void> {
  await target.waitFor()
  for (let tabs = 0; tabs <= TABS_MAX; tabs++) {
    if (await target.evaluate((element) => element === document.activeElement)) return hands.press(key)
    await hands.press('Tab')
  }
  throw new Error(`${target} is not reached within ${TABS_MAX} presses of Tab.`)
}

/** Finds a record in the palette and does with it what stands on its line, by the arrow keys. */
async function command(at: AtWork, text: string, option: string): Promise<void> {
  await find(at, text)
  const wanted = at.page.getByRole('option', { name: option })
  await wanted.waitFor()
  const input = at.page.getByRole('combobox', { name: 'Search and commands' })
  for (let presses = 0; presses < 10; presses++) {
    const active = await input.getAttribute('aria-activedescendant')
    if (active === (await wanted.getAttribute('id'))) return at.hands.press('Enter')
    await at.hands.press('ArrowRight')
  }
  throw new Error(`“${option}” is not reached by the arrow keys.`)
}

/** Presses one key after the other, as shortcuts are. */
async function shortcut({ hands }: AtWork, keys: string): Promise<void> {
  for (const key of keys.split(' ')) await hands.press(key)
}

/** A key that calls work with. */
async function freshKey({ sdk }: AtWork, name: string) {
  const budget = { limitUsd: '50', window: 'MONTH', unpriced: 'ALLOW' } as const
  const { apiKey, secret } = await sdk.keys.create({
    name,
    expiresInDays: 30,
    policy: { budgets: [budget] },
  })
  return { id: apiKey.id, secret }
}

export const BY_KEYBOARD: readonly JobDone[] = [
  {
    title: 'see which key burns money',
    job: jobOf(1),
    async work(at) {
      await shortcut(at, 'g c')
      await expectBiggestSpenderFirst(at)
    },
  },
  {
    title: 'see why a call failed, from its request id',
    job: jobOf(2),
    async work(at) {
      const id = at.facts.requestIds['nightly-evals budget_exhausted'] ?? ''
      await command(at, id, `${id}, Request log`)
      await expectBudgetAsCause(at)
    },
  },
  {
    title: 'see why a call failed, from its key',
    job: OTHER_CASES.whyFromKey,
    async work(at) {
      await command(at, 'nightly-evals', 'Logs: nightly-evals')
      const denied = at.page.getByRole('row', { name: /budget_exhausted/ }).first()
      await pressAt(at, denied.getByRole('link').first())
      await expectBudgetAsCause(at)
    },
  },
  {
    title: 'limit a key, seeing what that would have denied',
    job: jobOf(3),
    async work(at) {
      await command(at, 'legacy-cron', 'Limits: legacy-cron')
      await pressAt(at, at.page.getByRole('button', { name: '$20 a month' }))
      await at.hands.type('0.001')
      await expectBackTest(at)
      await pressAt(at, at.page.getByRole('button', { name: 'Save', exact: true }))
      await expectBudget(at, at.facts.keys['legacy-cron']?.id ?? '', '0.001')
    },
  },
  {
    title: 'rotate a key without downtime, seeing who still uses the old secret',
    job: jobOf(4),
    async work(at) {
      const { secret } = await freshKey(at, 'night-batch')
      await command(at, 'night-batch', 'Rotate: night-batch')
      await pressAt(at, at.page.getByRole('button', { name: 'Rotate' }))
      await expectBothSecrets(at, secret)
    },
  },
  {
    title: 'add an upstream, test it and publish its models',
    job: jobOf(5),
    async work(at) {
      const { page, hands, provider } = at
      await command(at, 'Add upstream', 'Add upstream, Command')
      const drawer = page.getByRole('dialog')
      await pressAt(at, drawer.getByRole('button', { name: /^Other/ }))
      await drawer.getByLabel('Base URL').waitFor()
      await hands.paste(provider.baseUrl)
      await hands.press('Tab')
      await hands.paste(OPENAI_UPSTREAM_KEY)
      await hands.press('Enter')
      await pressAt(at, drawer.getByRole('button', { name: 'Choose models' }))
      await pressAt(at, drawer.getByRole('button', { name: 'Select all shown' }))
      await pressAt(at, drawer.getByRole('button', { name: /^Publish/ }))
      await expectPublished(at)
    },
  },
  {
    title: 'give a colleague access',
    job: jobOf(6),
    async work(at) {
      await command(at, 'Invite', 'Invite a person, Command')
      await at.page.getByLabel(/^E-mail address/).waitFor()
      await at.hands.paste('kofi@example.com')
      await at.hands.press('Enter')
      await expectAccess(at, 'kofi')
    },
  },
  {
    title: 'see who changed what',
    job: jobOf(7),
    async work(at) {
      await changeAsMira(at, 'office-only')
      await shortcut(at, 'g a')
      await expectChangeOfMira(at, 'office-only')
    },
  },
  {
    title: 'export last month',
    job: jobOf(8),
    async work(at) {
      await shortcut(at, 'g c')
      const download = at.page.waitForEvent('download')
      await pressAt(at, at.page.getByRole('button', { name: /^Export / }))
      await expectLastMonth(at, await download)
    },
  },
  {
    title: 'find and stop a leaked key',
    job: jobOf(9),
    async work(at) {
      const { secret } = await freshKey(at, 'old-widget')
      expect(await statusOfCall(at.url, secret)).toBe(200)
      await command(at, secret, 'Disable: old-widget')
      await at.page.getByText('“old-widget” is disabled.').waitFor()
      expect(await statusOfCall(at.url, secret)).toBe(401)
    },
  },
  {
    title: 'pause a key, with undo',
    job: jobOf(10),
    async work(at) {
      const { id } = await freshKey(at, 'summer-batch')
      await command(at, 'summer-batch', 'Disable: summer-batch')
      await expectStatus(at.sdk, [id], 'DISABLED')
      await at.hands.press('Alt+T')
      await pressAt(at, at.page.getByRole('button', { name: 'Undo' }))
      await expectStatus(at.sdk, [id], 'ACTIVE')
    },
  },
  {
    title: 'clean up unused keys',
    job: jobOf(11),
    async work(at) {
      const { page, sdk } = at
      const unused = (await keysWith(at, 'KEY_UNUSED')).map(({ id }) => id)
      await shortcut(at, 'g k')
      await page.getByRole('heading', { name: 'API keys' }).waitFor()
      await pressAt(at, page.getByRole('link', { name: /^Unused/ }))
      await page.waitForURL(/show=unused/)
      await page.getByRole('table').and(page.locator('[aria-busy="false"]')).waitFor()
      await pressAt(at, page.getByRole('checkbox', { name: 'Select all rows' }), 'Space')
      await pressAt(at, page.getByRole('toolbar').getByRole('button', { name: 'Disable' }))
      await page.getByText(`${unused.length} of ${unused.length} will change.`).waitFor()
      await pressAt(at, page.getByRole('dialog').getByRole('button', { name: /^Disable/ }))
      await expectStatus(sdk, unused, 'DISABLED')
    },
  },
  {
    title: 'let expiring keys work on',
    job: OTHER_CASES.expiring,
    async work(at) {
      const { page, sdk } = at
      // Those of the history may have been given more time by mouse.
      for (const name of ['spring-batch', 'autumn-batch']) await sdk.keys.create({ name, expiresInDays: 3 })
      // Findings are a moment behind, of those that have more time now too.
      const in7Days = new Date(Date.now() + 7 * 86_400_000).toISOString()
      await expect
        .poll(async () => {
          const keys = await keysWith(at, 'KEY_EXPIRES_SOON')
          return (
            keys.every((key) => String(key.expiresAt) < in7Days) &&
            keys.some((key) => key.name === 'autumn-batch')
          )
        })
        .toBe(true)
      const expiring = (await keysWith(at, 'KEY_EXPIRES_SOON')).map(({ id }) => id)
      await shortcut(at, 'g k')
      await page.getByRole('heading', { name: 'API keys' }).waitFor()
      await pressAt(at, page.getByRole('link', { name: /^Expires soon/ }))
      await page.waitForURL(/show=expiring/)
      await page.getByRole('table').and(page.locator('[aria-busy="false"]')).waitFor()
      await pressAt(at, page.getByRole('checkbox', { name: 'Select all rows' }), 'Space')
      await pressAt(at, page.getByRole('toolbar').getByRole('button', { name: 'Set expiry' }))
      await page.getByText(`${expiring.length} of ${expiring.length} will change.`).waitFor()
      await pressAt(at, page.getByRole('dialog').getByRole('button', { name: /^Set expiry/ }))
      await expectLongerLife(at, expiring)
    },
  },
  {
    title: 'hand out a key with limits',
    job: jobOf(12),
    async work(at) {
      await shortcut(at, 'g k')
      await at.page.getByRole('heading', { name: 'API keys' }).waitFor()
      await shortcut(at, 'n')
      await at.page.getByLabel('Name').first().waitFor()
      await at.hands.type('receipt-parser')
      await at.hands.press('Enter')
      await expectWorkingKey(at, 'receipt-parser')
    },
  },
]
