// How a person does each of the twelve jobs, from the overview on. Each has keys of its own, so that none disturbs another.
import type { ApiKey, FindingCode } from '@latchkey/sdk'
import type { Page } from 'playwright-core'
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
  expectSenderOfFormer,
  expectStatus,
  expectWorkingKey,
  statusOfCall,
  undo,
} from './effects.ts'
import type { AtWork } from './job-bench.ts'
import { JOBS, type Job, OTHER_CASES } from './jobs.ts'

export type JobDone = { title: string; job: Job; work: (at: AtWork) => Promise<void> }

/** Opens the palette and pastes: two keystrokes. */
export async function find({ page, hands }: AtWork, text: string): Promise<void> {
  await hands.press('ControlOrMeta+K')
  await page.getByRole('combobox', { name: 'Search and commands' }).waitFor()
  await hands.paste(text)
}

/** The keys with a finding, on the server; at least two. */
export async function keysWith({ sdk }: AtWork, code: FindingCode): Promise<readonly ApiKey[]> {
  const { items } = await sdk.keys.list({ first: 100, filter: { finding: [code] } })
  expect(items.length).toBeGreaterThan(1)
  return items
}

const idsOf = (keys: readonly ApiKey[]) => keys.map(({ id }) => id)

/** One of the jobs, by its number. Throws where there is none. */
export function jobOf(number: number): Job {
  const job = JOBS.find((each) => each.number === number)
  if (job === undefined) throw new Error(`There is no job ${number}.`)
  return job
}

/** The link of the navigation. */
export const screen = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name, exact: true })

const movers = (page: Page) => page.getByRole('region', { name: 'Keys by change of cost' })

export const BY_MOUSE: readonly JobDone[] = [
  {
    title: 'see which key burns money',
    job: jobOf(1),
    async work(at) {
      await at.hands.click(screen(at.page, 'Spend'))
      await expectBiggestSpenderFirst(at)
    },
  },
  {
    title: 'see why a call failed, from its request id',
    job: jobOf(2),
    async work(at) {
      const id = at.facts.requestIds['nightly-evals budget_exhausted'] ?? ''
      await find(at, id)
      await at.hands.click(at.page.getByRole('option', { name: new RegExp(id) }))
      await expectBudgetAsCause(at)
      expect(new URL(at.page.url()).pathname).toBe(`/logs/${id}`)
    },
  },
  {
    title: 'see why a call failed, from its key',
    job: OTHER_CASES.whyFromKey,
    async work(at) {
      await find(at, 'nightly-evals')
      await at.hands.click(at.page.getByRole('option', { name: 'Logs: nightly-evals' }))
      const denied = at.page.getByRole('row', { name: /budget_exhausted/ }).first()
      await at.hands.click(denied.getByRole('link').first())
      await expectBudgetAsCause(at)
    },
  },
  {
    title: 'limit a key, seeing what that would have denied',
    job: jobOf(3),
    async work(at) {
      const { page, hands, facts } = at
      await find(at, 'warehouse-vision')
      await hands.click(page.getByRole('option', { name: 'Limits: warehouse-vision' }))
      await hands.click(page.getByRole('button', { name: '$20 a month' }))
      await hands.type('1')
      await expectBackTest(at)
      await hands.click(page.getByRole('button', { name: 'Save', exact: true }))
      await expectBudget(at, facts.keys['warehouse-vision']?.id ?? '', '1')
    },
  },
  {
    title: 'rotate a key without downtime, seeing who still uses the old secret',
    job: jobOf(4),
    async work(at) {
      const { page, hands, facts } = at
      await hands.click(movers(page).getByRole('link', { name: 'agent-fleet' }))
      await hands.click(page.getByRole('link', { name: 'Secret', exact: true }))
      await hands.click(page.getByRole('button', { name: 'Rotate' }))
      await expectBothSecrets(at, facts.keys['agent-fleet']?.secret ?? '')
      await expectSenderOfFormer(at)
    },
  },
  {
    title: 'add an upstream, test it and publish its models',
    job: jobOf(5),
    async work(at) {
      const { page, hands, provider } = at
      await hands.click(screen(page, 'Upstreams'))
      await hands.click(page.getByRole('link', { name: 'Add upstream' }))
      const drawer = page.getByRole('dialog')
      await hands.click(drawer.getByRole('button', { name: /^Other/ }))
      await drawer.getByLabel('Base URL').waitFor()
      await hands.paste(provider.baseUrl)
      await hands.press('Tab')
      await hands.paste(OPENAI_UPSTREAM_KEY)
      await hands.press('Enter')
      await hands.click(drawer.getByRole('button', { name: 'Choose models' }))
      await hands.click(drawer.getByRole('button', { name: 'Select all shown' }))
      await hands.click(drawer.getByRole('button', { name: /^Publish/ }))
      await expectPublished(at)
    },
  },
  {
    title: 'give a colleague access',
    job: jobOf(6),
    async work(at) {
      await at.hands.click(screen(at.page, 'People'))
      await at.hands.click(at.page.getByRole('button', { name: 'Invite' }))
      await at.page.getByLabel(/^E-mail address/).waitFor()
      await at.hands.paste('noor@example.com')
      await at.hands.press('Enter')
      await expectAccess(at, 'noor')
    },
  },
  {
    title: 'see who changed what',
    job: jobOf(7),
    async work(at) {
      await changeAsMira(at, 'legacy-cron')
      await at.hands.click(screen(at.page, 'Audit'))
      await expectChangeOfMira(at, 'legacy-cron')
    },
  },
  {
    title: 'export last month',
    job: jobOf(8),
    async work(at) {
      await at.hands.click(screen(at.page, 'Spend'))
      const download = at.page.waitForEvent('download')
      await at.hands.click(at.page.getByRole('button', { name: /^Export / }))
      await expectLastMonth(at, await download)
    },
  },
  {
    title: 'find and stop a leaked key',
    job: jobOf(9),
    async work(at) {
      const { secret = '' } = at.facts.keys['public-widget'] ?? {}
      expect(await statusOfCall(at.url, secret)).toBe(200)
      await find(at, secret)
      await at.hands.click(at.page.getByRole('option', { name: 'Disable: public-widget' }))
      await at.page.getByText('“public-widget” is disabled.').waitFor()
      expect(await statusOfCall(at.url, secret)).toBe(401)
    },
  },
  {
    title: 'pause a key, with undo',
    job: jobOf(10),
    async work({ page, hands, sdk }) {
      await hands.click(movers(page).getByRole('listitem').nth(1).getByRole('link'))
      await hands.click(page.getByRole('button', { name: 'Disable' }))
      const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
      await expectStatus(sdk, [id], 'DISABLED')
      await undo(page)
      await expectStatus(sdk, [id], 'ACTIVE')
    },
  },
  {
    title: 'clean up unused keys, with undo',
    job: jobOf(11),
    async work(at) {
      const { page, hands, sdk } = at
      const unused = await keysWith(at, 'KEY_UNUSED')
      await hands.click(page.getByRole('link', { name: /^Unused keys \d/ }))
      await hands.click(page.getByRole('toolbar').getByRole('button', { name: 'Disable' }))
      await page.getByText(`${unused.length} of ${unused.length} will change.`).waitFor()
      await hands.click(page.getByRole('dialog').getByRole('button', { name: /^Disable/ }))
      await expectStatus(sdk, idsOf(unused), 'DISABLED')
      await undo(page)
      // That of a disabled owner stays as it was.
      await expectStatus(sdk, idsOf(unused.filter(({ status }) => status === 'ACTIVE')), 'ACTIVE')
    },
  },
  {
    title: 'let expiring keys work on',
    job: OTHER_CASES.expiring,
    async work(at) {
      const { page, hands } = at
      const expiring = await keysWith(at, 'KEY_EXPIRES_SOON')
      await hands.click(page.getByRole('link', { name: 'Change these keys' }).first())
      await hands.click(page.getByRole('toolbar').getByRole('button', { name: 'Set expiry' }))
      await page.getByText(`${expiring.length} of ${expiring.length} will change.`).waitFor()
      await hands.click(page.getByRole('dialog').getByRole('button', { name: /^Set expiry/ }))
      await expectLongerLife(at, idsOf(expiring))
    },
  },
  {
    title: 'hand out a key with limits',
    job: jobOf(12),
    async work(at) {
      await at.hands.click(screen(at.page, 'Keys'))
      await at.hands.click(at.page.getByRole('link', { name: 'Create API key' }))
      await at.page.getByLabel('Name').first().waitFor()
      await at.hands.type('invoice-parser')
      await at.hands.click(at.page.getByRole('button', { name: 'Create API key' }))
      await expectWorkingKey(at, 'invoice-parser')
    },
  },
]
