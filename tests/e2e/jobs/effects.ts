// What has become of a job, as applications, files and the admin API show it. Each rejects where it has become of nothing.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Latchkey } from '@latchkey/sdk'
import type { Download, Page } from 'playwright-core'
import { expect } from 'vitest'
import { cookieOf, graphql, SIGN_IN, sessionHeaders } from '../../support/api/client.ts'
import type { AtWork } from './job-bench.ts'

/** One call with a key to the built-in echo: the status of its response. Each call is a conversation of its own. */
export async function statusOfCall(url: string, secret: string): Promise<number> {
  const messages = [{ role: 'user', content: 'Where is parcel 7?' }]
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'echo', messages, prompt_cache_key: crypto.randomUUID() }),
  })
  await response.text()
  return response.status
}

/** Job 1: the first row of the screen is the key with the highest cost of the month. */
export async function expectBiggestSpenderFirst({ page, sdk }: AtWork): Promise<void> {
  const first = page.getByRole('table', { name: 'Cost by API key' }).getByRole('row').nth(1)
  await first.waitFor()
  const range = { from: `${new Date().toISOString().slice(0, 7)}-01T00:00:00Z`, to: new Date().toISOString() }
  const { groups } = await sdk.usage.breakdown({ range, by: 'API_KEY', order: 'COST', first: 1 })
  expect(groups[0]?.share.label).toBe('agent-fleet')
  expect(await first.textContent()).toMatch(/agent-fleet.*\$\d/s)
  expect(await page.getByTestId('spend-row-totals').textContent()).toMatch(/Total.*\$\d/s)
}

/** Job 2: the cause stands on the screen, with the budget that has denied the call. */
export async function expectBudgetAsCause({ page }: AtWork): Promise<void> {
  await page
    .getByRole('article', { name: 'Cause' })
    .getByText(/budget/i)
    .first()
    .waitFor()
}

/** Job 3, before saving: so many of the past calls would have been denied, and not none. */
export async function expectBackTest({ page }: AtWork): Promise<void> {
  await page.getByText(/^[1-9][\d,]* of [\d,]+ calls would be denied$/).waitFor()
}

/** Job 3: the budget is saved, and is the only one. */
export async function expectBudget({ page, sdk }: AtWork, id: string, limitUsd: string): Promise<void> {
  await page.getByText(/^The rules are saved/).waitFor()
  expect((await sdk.keys.get(id)).policy?.budgets).toMatchObject([
    { limitUsd, window: 'MONTH', mode: 'ENFORCE' },
  ])
}

/** Job 4: both secrets work, and the screen says until when the former one does. */
export async function expectBothSecrets({ page, url }: AtWork, former: string): Promise<void> {
  const fresh = (await page.getByTestId('secret').textContent())?.trim() ?? ''
  expect([await statusOfCall(url, fresh), await statusOfCall(url, former)]).toEqual([200, 200])
  await formerSecret(page)
    .getByText(/works until/)
    .waitFor()
}

/** Job 4: the screen names who has sent the former secret, which it asks about every ten seconds. */
export async function expectSenderOfFormer({ page }: AtWork): Promise<void> {
  await formerSecret(page)
    .getByText(/127\.0\.0\.1/)
    .waitFor()
}

const formerSecret = (page: Page) => page.getByRole('region', { name: 'Former secret' })

/** Job 5: models of the provider are published, after a test of the upstream has succeeded. */
export async function expectPublished({ page, sdk, provider }: AtWork): Promise<void> {
  await page.getByText(/Models published: [1-9]/).waitFor()
  const upstreams = (await sdk.upstreams.list()).items
  const own = upstreams.filter(({ baseUrl }) => baseUrl === provider.baseUrl).map(({ id }) => id)
  const models = (await sdk.models.list({ first: 100 })).items
  expect(models.some(({ routes }) => routes.some(({ upstream }) => own.includes(upstream.id)))).toBe(true)
}

/** Job 6: the link that is shown makes an account for a colleague, who then sees the console. */
export async function expectAccess({ page, sdk, otherPage }: AtWork, username: string): Promise<void> {
  const link = (await page.getByTestId('one-time-link').textContent())?.trim() ?? ''
  const colleague = await otherPage()
  await colleague.goto(link)
  await colleague.getByLabel('Username').fill(username)
  await colleague.getByLabel('Password', { exact: true }).fill('a password of her own')
  await colleague.keyboard.press('Enter')
  await colleague.getByRole('heading', { name: 'Overview' }).waitFor()
  const admin = (await sdk.admins.list()).items.find((each) => each.username === username)
  expect(admin).toMatchObject({ role: 'VIEWER', enabled: true })
}

/** For job 7: somebody else changes the description of a key. */
export async function changeAsMira({ url, facts }: AtWork, key: string): Promise<void> {
  const as = { username: 'mira', password: facts.password }
  const cookie = cookieOf(await graphql({ url }, SIGN_IN, { input: as })) ?? ''
  const change =
    'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { userErrors { code } } }'
  const input = { id: facts.keys[key]?.id, description: 'Runs at night' }
  const { data } = await graphql({ url }, change, { input }, { headers: sessionHeaders(cookie) })
  expect(data).toEqual({ updateApiKey: { userErrors: [] } })
}

/** Job 7: a row says what was changed, and by whom. */
export async function expectChangeOfMira({ page }: AtWork, key: string): Promise<void> {
  const event = page.getByRole('row', { name: new RegExp(key) }).first()
  await event.waitFor()
  expect(await event.textContent()).toMatch(new RegExp(`${key}.*mira.*description`, 'is'))
}

/** Job 8: the file holds the rows of last month and no others: all calls of keys, and all of the cost. */
export async function expectLastMonth({ sdk }: AtWork, download: Download): Promise<void> {
  const now = new Date()
  const monthAt = (offset: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)).toISOString()
  const month = monthAt(-1).slice(0, 7)
  expect(download.suggestedFilename()).toBe(`usage-${month}.csv`)
  const rows = rowsOfCsv(readFileSync(await download.path(), 'utf8'))
  const range = { from: monthAt(-1), to: monthAt(0) }
  const [whole] = await sdk.usage.series({ range, bucket: 'MONTH' })
  const sum = (column: string) => rows.reduce((all, row) => all + Number(row[column]), 0)
  let calls = 0
  for await (const { totals } of sdk.usage.byKey({ range })) calls += totals.calls
  expect(sum('calls')).toBe(calls)
  expect(sum('cost_usd')).toBeCloseTo(Number(whole?.totals.costUsd), 6)
  expect(new Set(rows.map(({ from }) => from?.slice(0, 7)))).toEqual(new Set([month]))
}

/** Jobs 9 to 11: all of these keys have this status. */
export async function expectStatus(sdk: Latchkey, ids: readonly string[], status: string): Promise<void> {
  const statuses = async () => (await Promise.all(ids.map((id) => sdk.keys.get(id)))).map((key) => key.status)
  await expect.poll(async () => [...new Set(await statuses())]).toEqual([status])
}

/** Job 11: each of these keys works for 80 days at least. */
export async function expectLongerLife({ page, sdk }: AtWork, ids: readonly string[]): Promise<void> {
  await page.getByText(`${ids.length} keys changed.`).waitFor()
  const in80Days = new Date(Date.now() + 80 * 86_400_000).toISOString()
  for (const id of ids) expect(String((await sdk.keys.get(id)).expiresAt) > in80Days).toBe(true)
}

/** Job 12: the snippet that is shown succeeds as it stands, and the key has the limits of the settings. */
export async function expectWorkingKey({ page, sdk }: AtWork, name: string): Promise<void> {
  expect(await completionOf((await page.getByTestId('snippet-curl').textContent()) ?? '')).not.toBe('')
  const key = (await sdk.keys.list({ filter: { name } })).items[0]
  expect(key?.policy?.budgets).toMatchObject([{ limitUsd: '50', window: 'MONTH', mode: 'ENFORCE' }])
}

/** Presses the button of the notice that undoes what was done; no part of doing it. */
export async function undo(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Undo' }).click()
}

/**
 * Runs a snippet of the console in a shell until it prints a completion, and returns its text. Three times at most, two
 * seconds apart: the seeded providers fail now and then, and an upstream that has failed is not tried for a second. Rejects with what was printed last.
 */
async function completionOf(snippet: string): Promise<string> {
  let printed = ''
  for (let run = 0; run < 3; run++) {
    if (run > 0) await delay(2_000)
    printed = (await promisify(execFile)('sh', ['-c', snippet])).stdout
    const text: unknown = JSON.parse(printed).choices?.[0]?.message?.content
    if (typeof text === 'string') return text
  }
  throw new Error(printed)
}

/** The rows of a CSV file without line ends in its values, by the names of its columns. */
function rowsOfCsv(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.replace('\uFEFF', '').trim().split('\r\n')
  const fields = (line: string) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
    )
  const names = fields(head)
  return lines.map((line) => {
    const values = fields(line)
    return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
  })
}
