// Lighthouse over the screens of the console, in a browser that is signed in.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import lighthouse, { defaultConfig, desktopConfig } from 'lighthouse'
import { openWithDebugger } from '../../support/browser/chromium.ts'
import type { ServedShowroom } from '../served-showroom.ts'
import { signIn } from './open-screen.ts'
import type { Screen } from './screens.ts'

export type Scores = {
  performance: number
  accessibility: number
  bestPractices: number
  /** Cumulative layout shift, and milliseconds of total blocking time. */
  shift: number
  blockingMs: number
  /** What Lighthouse's own benchmark says of this machine during the run. */
  benchmarkIndex: number
}
export type Device = 'desktop' | 'mobile'

// Lighthouse slows a fast desktop, of an index of 1500 to 2000, four times, which is a phone of the middle: 125 to 800. A machine that is
// slower than that desktop is slowed less: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md#calibrating-the-cpu-slowdown
const DESKTOP_INDEX = 1_750
const PHONE_SLOWDOWN = 4

/** How many times the processor is slowed to be that of a phone, on a machine of this index: 1 to 4. */
export function phoneSlowdown(benchmarkIndex: number): number {
  return Math.min(PHONE_SLOWDOWN, Math.max(1, (PHONE_SLOWDOWN * benchmarkIndex) / DESKTOP_INDEX))
}

/**
 * Scores out of a hundred; the load of the machine is in the first of them. Screens of strangers have to come before those of admins.
 * Rejects where there is no browser, and where a screen leads to another.
 */
export async function withLighthouse<T>(
  { url, facts }: ServedShowroom,
  work: (score: (screen: Screen, device: Device) => Promise<Scores>) => Promise<T>,
): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'latchkey-lighthouse-'))
  const port = await freePort()
  const context = await openWithDebugger(profile, port)
  try {
    let signedIn = false
    // Of the run before; the first run is one of a desktop, which is not slowed.
    let index = DESKTOP_INDEX
    return await work(async (screen, device) => {
      if (screen.signedIn && !signedIn) await signIn(await context.newPage(), url, facts)
      signedIn ||= screen.signedIn
      const result = await lighthouse(
        url + screen.path,
        {
          port,
          onlyCategories: ['performance', 'accessibility', 'best-practices'],
          // Or nobody would be signed in.
          disableStorageReset: true,
          logLevel: 'error',
          ...(device === 'mobile' && {
            throttling: {
              ...defaultConfig.settings?.throttling,
              cpuSlowdownMultiplier: phoneSlowdown(index),
            },
          }),
        },
        device === 'desktop' ? desktopConfig : undefined,
      )
      const shown = new URL(result?.lhr.finalDisplayedUrl ?? url).pathname
      if (shown !== screen.path.split('?')[0]) throw new Error(`${screen.path} led Lighthouse to ${shown}`)
      const categories = result?.lhr.categories ?? {}
      // Such as NO_LCP: nothing large was painted in time. A score that is missing is not a score of 0.
      const missing = Object.values(categories).find(({ score }) => score === null)
      if (missing !== undefined) {
        const failed = Object.values(result?.lhr.audits ?? {}).find(({ errorMessage }) => errorMessage)
        throw new Error(
          `Lighthouse gave no score of ${missing.title}: ${failed?.errorMessage ?? 'no reason'}`,
        )
      }
      index = result?.lhr.environment.benchmarkIndex ?? index
      const audit = (id: string) => result?.lhr.audits[id]?.numericValue ?? Number.NaN
      const outOfHundred = (id: string) => Math.round((categories[id]?.score ?? 0) * 100)
      return {
        performance: outOfHundred('performance'),
        accessibility: outOfHundred('accessibility'),
        bestPractices: outOfHundred('best-practices'),
        shift: audit('cumulative-layout-shift'),
        blockingMs: audit('total-blocking-time'),
        benchmarkIndex: index,
      }
    })
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
