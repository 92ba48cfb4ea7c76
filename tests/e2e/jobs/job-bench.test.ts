// The bench that the jobs of an admin are measured on, measured itself.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumUnavailableReason } from '../../support/browser/chromium.ts'
import { type AtWork, type JobBench, openJobBench } from './job-bench.ts'
import { EFFORTS, type Job } from './jobs.ts'

/** No job of an admin: it stands for one. */
const job: Job = { number: 0, name: 'Find a key by its name', clicks: 2, keystrokes: 1 }

async function findKey({ page, hands }: AtWork) {
  await hands.click(page.getByRole('link', { name: 'Keys', exact: true }).first())
  await hands.click(page.getByRole('searchbox').first())
  await hands.paste('nightly-evals')
  await page.getByRole('link', { name: 'nightly-evals' }).first().waitFor()
}

describe.skipIf(chromiumUnavailableReason)('the bench of the jobs', () => {
  let bench: JobBench

  beforeAll(async () => {
    bench = await openJobBench()
  }, 600_000)
  afterAll(async () => {
    await bench?.close()
    rmSync(join(EFFORTS, '0.json'), { force: true })
  })

  test('begins each job at the overview, signed in, over seeded data', async () => {
    expect(await bench.does(job, findKey)).toEqual({ clicks: 2, keystrokes: 1 })
  })

  test('refuses a job that takes more than it may', async () => {
    await expect(bench.does({ ...job, clicks: 1 }, findKey)).rejects.toThrow(
      '2 clicks and 1 keystrokes; at most 1',
    )
  })
})
