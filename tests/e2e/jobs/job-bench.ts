// What the jobs share: one seeded server, a browser that is signed in, and a record of what each job took.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { newPage, openScreen, signInOnce } from '../../showroom/look/open-screen.ts'
import type { ShowroomFacts } from '../../showroom/showroom-facts.ts'
import { showroomForLooking } from '../../showroom/showroom-for-looking.ts'
import { launchBrowser } from '../../support/browser/chromium.ts'
import { type Effort, type Hands, handsOn } from './hands.ts'
import { EFFORTS, type Job } from './jobs.ts'

export type AtWork = { page: Page; hands: Hands; facts: ShowroomFacts; url: string }

export type JobBench = {
  /**
   * Does a job from the overview on, in a browser of its own that is signed in. Rejects where it takes more clicks or keystrokes
   * than it may; what it took is written down for `pnpm console-quality` either way.
   */
  does(job: Job, work: (at: AtWork) => Promise<void>): Promise<Effort>
  close(): Promise<void>
}

/** Builds the console, and serves it over a seeded copy. Rejects without a browser. */
export async function openJobBench(): Promise<JobBench> {
  const showroom = await showroomForLooking()
  const browser = await launchBrowser()
  const state = await signInOnce(browser, showroom)
  return {
    async does(job, work) {
      const { page, context } = await newPage(browser, { theme: 'light', language: 'en', width: 1440 }, state)
      try {
        await openScreen(page, showroom.url, { path: '/' })
        const hands = handsOn(page)
        await work({ page, hands, facts: showroom.facts, url: showroom.url })
        const effort = hands.effort()
        mkdirSync(EFFORTS, { recursive: true })
        writeFileSync(join(EFFORTS, `${job.number}.json`), JSON.stringify(effort))
        if (effort.clicks > job.clicks || effort.keystrokes > job.keystrokes)
          throw new Error(
            `${job.name}: ${effort.clicks} clicks and ${effort.keystrokes} keystrokes; at most ${job.clicks} and ${job.keystrokes}.`,
          )
        return effort
      } finally {
        await context.close()
      }
    },
    async close() {
      await browser.close()
      await showroom.close()
    },
  }
}
