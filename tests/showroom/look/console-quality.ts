// Measures every screen of the console over seeded data and writes docs/reference/console-quality.md:
// `node tests/showroom/look/console-quality.ts [--screen keys] [--no-lighthouse] [--screenshots DIR] [--url …]`. With --screen nothing
// is written. Ends with an error where anything is wrong: an axe violation, a console error, scrolling sideways, a route above
// 120 KB. With --screenshots each look is kept as a picture, as pnpm screenshots makes it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Effort } from '../../e2e/jobs/hands.ts'
import { EFFORTS } from '../../e2e/jobs/jobs.ts'
import { launchBrowser } from '../../support/browser/chromium.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { showroomForLooking } from '../showroom-for-looking.ts'
import { forEachInParallel, pagesAtOnce } from './in-parallel.ts'
import { type Device, type Scores, withLighthouse } from './lighthouse.ts'
import { everyLook, lookName, pictureFile } from './looks.ts'
import { newPage, openScreen, signInOnce } from './open-screen.ts'
import { type Measured, qualityReport } from './quality-report.ts'
import {
  NARROW_WIDTHS,
  ROUTE_MAX_BYTES,
  routeSizes,
  SHELL_MAX_BYTES,
  screenViolations,
  sidewaysAt,
  watchScripts,
} from './screen-checks.ts'
import { consoleScreens } from './screens.ts'

const { values: options } = parseArgs({
  options: {
    screen: { type: 'string' },
    'no-lighthouse': { type: 'boolean', default: false },
    screenshots: { type: 'string' },
    url: { type: 'string' },
  },
})
if (options.screenshots !== undefined) mkdirSync(options.screenshots, { recursive: true })
const showroom = await showroomForLooking(options.url)
const faults: string[] = []
const fault = (text: string) => {
  faults.push(text)
  console.error(text)
}
try {
  const screens = consoleScreens(showroom.facts).filter(({ name }) => name.startsWith(options.screen ?? ''))
  const measured = await inEveryLook(screens)
  const scores = options['no-lighthouse'] ? null : await lighthouseScores(screens)
  const report = qualityReport({ ...measured, scores, efforts: effortsOfJobs(), at: new Date() })
  console.log(report)
  if (measured.sizes.shellBytes > SHELL_MAX_BYTES)
    fault(`all screens share ${measured.sizes.shellBytes} bytes of scripts; at most ${SHELL_MAX_BYTES}`)
  for (const [name, bytes] of measured.sizes.routes)
    if (bytes > ROUTE_MAX_BYTES)
      fault(`${name} loads ${bytes} bytes of scripts beside the shell; at most ${ROUTE_MAX_BYTES}`)
  if (options.screen === undefined)
    writeFileSync(join(repositoryRoot, 'docs/reference/console-quality.md'), report)
} finally {
  await showroom.close()
}
process.exitCode = faults.length > 0 ? 1 : 0

/** axe, the console of the browser, scrolling sideways and scripts. */
async function inEveryLook(
  screens: ReturnType<typeof consoleScreens>,
): Promise<Pick<Measured, 'screens' | 'sizes'>> {
  const browser = await launchBrowser()
  const found: Measured['screens'] = new Map(
    screens.map(({ name }) => [name, { looks: 0, violations: 0, complaints: 0, sideways: 0, failed: 0 }]),
  )
  const scripts = new Map<string, ReadonlySet<string>>()
  try {
    const state = await signInOnce(browser, showroom)
    const seen = screens.flatMap((screen) => everyLook().map((look) => ({ screen, look })))
    await forEachInParallel(
      seen,
      pagesAtOnce(),
      async ({ screen, look }) => {
        const place = `${screen.name} ${lookName(look)}`
        const counts = found.get(screen.name)
        if (counts === undefined) return
        const { page, context, complaints } = await newPage(browser, look, screen.signedIn ? state : null)
        try {
          const loaded = watchScripts(page)
          await openScreen(page, showroom.url, screen)
          if (screen.signedIn && !scripts.has(screen.name)) scripts.set(screen.name, loaded)
          counts.looks++
          if (options.screenshots !== undefined)
            await page.screenshot({
              path: join(options.screenshots, pictureFile(screen.name, look)),
              fullPage: true,
            })
          for (const violation of await screenViolations(page)) {
            counts.violations++
            fault(`${place}: ${violation}`)
          }
          if (look.width === 1440 && (await scrollsSideways(page))) {
            counts.sideways++
            fault(`${place}: scrolls sideways`)
          }
          counts.complaints += complaints.length
          for (const complaint of complaints) fault(`${place}: ${complaint}`)
        } finally {
          await context.close()
        }
      },
      ({ screen, look }, error) => {
        const counts = found.get(screen.name)
        if (counts !== undefined) counts.failed++
        fault(`${screen.name} ${lookName(look)}: ${String(error).split('\n')[0]}`)
      },
    )
  } finally {
    await browser.close()
  }
  return { screens: found, sizes: routeSizes(scripts) }
}

async function scrollsSideways(page: Parameters<typeof sidewaysAt>[0]): Promise<boolean> {
  for (const width of NARROW_WIDTHS) if ((await sidewaysAt(page, width)) > 0) return true
  return false
}

/** One page at a time: scores are of a machine that does nothing else for us. Each is printed at once: all of them take minutes. */
async function lighthouseScores(screens: ReturnType<typeof consoleScreens>) {
  return withLighthouse(showroom, async (score) => {
    const scores = new Map<string, Partial<Record<Device, Scores>>>()
    const judged = screens.filter(({ name }) => !name.includes('.'))
    // Whoever is signed in is led away from the screens of strangers.
    for (const screen of [
      ...judged.filter(({ signedIn }) => !signedIn),
      ...judged.filter(({ signedIn }) => signedIn),
    ]) {
      const one: Partial<Record<Device, Scores>> = {}
      scores.set(screen.name, one)
      for (const device of ['desktop', 'mobile'] as const)
        try {
          // A run that fails by chance is made once more.
          one[device] = await score(screen, device).catch(() => score(screen, device))
          console.error(`${screen.name} ${device}: ${JSON.stringify(one[device])}`)
        } catch (error) {
          fault(`${screen.name} ${device}: ${String(error).split('\n')[0]}`)
        }
    }
    return scores
  })
}

function effortsOfJobs(): Map<string, Effort> {
  const files = existsSync(EFFORTS) ? readdirSync(EFFORTS) : []
  return new Map(
    files.map((file) => [
      basename(file, '.json'),
      JSON.parse(readFileSync(join(EFFORTS, file), 'utf8')) as Effort,
    ]),
  )
}
