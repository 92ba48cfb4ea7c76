// What the jobs share: one seeded server, a browser that is signed in, and a record of what each job took.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Latchkey } from '@latchkey/sdk'
import type { Browser, Page } from 'playwright-core'
import { newPage, openScreen, signInOnce } from '../../showroom/look/open-screen.ts'
import type { ShowroomFacts } from '../../showroom/showroom-facts.ts'
import { showroomForLooking } from '../../showroom/showroom-for-looking.ts'
import { signIn } from '../../support/api/client.ts'
import { signedInSdk } from '../../support/api/signed-in-sdk.ts'
import { launchBrowser } from '../../support/browser/chromium.ts'
import { type OpenAiUpstream, startOpenAiUpstream } from '../../support/openai-upstream/openai-upstream.ts'
import { type Effort, type Hands, handsOn } from './hands.ts'
import { caseId, EFFORTS, FAILED, type Job } from './jobs.ts'

/** The longest that a step of a job may take: above what a busy machine needs, and below what a test may take. */
const STEP_MS = 15_000

export type AtWork = {
  page: Page
  hands: Hands
  facts: ShowroomFacts
  url: string
  /** Of the same admin: what has become of the job is read through it. */
  sdk: Latchkey
  /** A browser of somebody else, who is not signed in. It is closed with the bench. */
  otherPage(): Promise<Page>
  /** Speaks the OpenAI API, and is none of the server's upstreams yet. */
  provider: OpenAiUpstream
}

export type JobBench = {
  /**
   * Does a job from the overview on, in a tab of its own that is signed in. Rejects where it takes more clicks or keystrokes
   * than it may; what it took is written down for `pnpm console-quality` either way.
   */
  does(job: Job, work: (at: AtWork) => Promise<void>): Promise<Effort>
  close(): Promise<void>
}

/**
 * Builds the console, and serves it over a seeded copy. With SHOWROOM_URL and SHOWROOM_DATA it works at a server that runs already, as
 * while a job is written. Rejects without a browser.
 */
export async function openJobBench(): Promise<JobBench> {
  const showroom = await showroomForLooking(process.env.SHOWROOM_URL || undefined)
  const provider = await startOpenAiUpstream()
  const browser = await launchBrowser()
  const state = await signInOnce(browser, showroom)
  const { username, password } = showroom.facts
  const sdk = signedInSdk(showroom.url, await signIn(showroom, username, password))
  const { context } = await newPage(browser, { theme: 'light', language: 'en', width: 1440 }, state)
  return {
    async does(job, work) {
      const page = await context.newPage()
      try {
        await openScreen(page, showroom.url, { path: '/' })
        page.setDefaultTimeout(STEP_MS)
        const hands = handsOn(page)
        const { url, facts } = showroom
        const at: AtWork = { page, hands, facts, url, sdk, provider, otherPage: () => otherPage(browser) }
        await work(at).catch(async (error) => {
          await page.screenshot({ path: join(FAILED, `${job.number}.png`) })
          throw error
        })
        const effort = hands.effort()
        mkdirSync(EFFORTS, { recursive: true })
        writeFileSync(join(EFFORTS, `${caseId(job)}.json`), JSON.stringify(effort))
        if (effort.clicks > job.clicks || effort.keystrokes > job.keystrokes)
          throw new Error(
            `${job.name}: ${effort.clicks} clicks and ${effort.keystrokes} keystrokes; at most ${job.clicks} and ${job.keystrokes}.`,
          )
        return effort
      } finally {
        await page.close()
      }
    },
    async close() {
      await browser.close()
      await provider.close()
      await showroom.close()
    },
  }
}

async function otherPage(browser: Browser): Promise<Page> {
  return (await browser.newContext({ locale: 'en-US' })).newPage()
}
