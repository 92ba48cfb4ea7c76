// The twelve jobs of an admin: each is proven by what has become of it, and fails where it is possible no more or takes more than it
// may. `SHOWROOM_URL` and `SHOWROOM_DATA` name a server that runs already, which saves the build while a job is written.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumUnavailableReason } from '../../support/browser/chromium.ts'
import { type AtWork, type JobBench, openJobBench } from './job-bench.ts'
import type { Job } from './jobs.ts'
import { BY_KEYBOARD } from './jobs-by-keyboard.ts'
import { BY_MOUSE, screen } from './jobs-by-mouse.ts'

/** No job of an admin: it stands for one. */
const MADE_UP: Job = { number: 0, name: 'Find a key by its name', clicks: 2, keystrokes: 1 }

async function findKey({ page, hands }: AtWork) {
  await hands.click(screen(page, 'Keys'))
  await hands.click(page.getByRole('searchbox').first())
  await hands.paste('nightly-evals')
  await page.getByRole('link', { name: 'nightly-evals' }).first().waitFor()
}

describe.skipIf(chromiumUnavailableReason)('the jobs of an admin', () => {
  let bench: JobBench

  beforeAll(async () => {
    bench = await openJobBench()
  }, 600_000)
  afterAll(() => bench?.close())

  test('begin at the overview, signed in, over seeded data', async () => {
    expect(await bench.does(MADE_UP, findKey)).toEqual({ clicks: 2, keystrokes: 1 })
  })

  test('are refused where they take more than they may', async () => {
    await expect(bench.does({ ...MADE_UP, clicks: 1 }, findKey)).rejects.toThrow(
      '2 clicks and 1 keystrokes; at most 1',
    )
  })

  test.each(BY_MOUSE)('$job.number: $title', async ({ job, work }) => {
    await bench.does(job, work)
  })

  test.each(BY_KEYBOARD)('$job.number by keyboard: $title', async ({ job, work }) => {
    await bench.does({ ...job, clicks: 0, keystrokes: Number.POSITIVE_INFINITY }, work)
  })
})
