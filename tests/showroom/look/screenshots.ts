// Screenshots of every screen in both themes, both languages and three widths, over seeded data:
// `node tests/showroom/look/screenshots.ts [--screen keys] [--theme dark] [--language zh-CN] [--width 390] [--out DIR] [--fresh]
// [--url http://127.0.0.1:8010]`. Without --fresh it goes on where it was interrupted. `--url`: of a seeded server that runs already,
// with SHOWROOM_DATA naming its data directory.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { launchBrowser } from '../../support/browser/chromium.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { showroomForLooking } from '../showroom-for-looking.ts'
import { contactSheet, type Shot } from './contact-sheet.ts'
import { forEachInParallel, pagesAtOnce } from './in-parallel.ts'
import { everyLook, pictureFile } from './looks.ts'
import { newPage, openScreen, signInOnce } from './open-screen.ts'
import { consoleScreens } from './screens.ts'

const { values: options } = parseArgs({
  options: {
    screen: { type: 'string' },
    theme: { type: 'string' },
    language: { type: 'string' },
    width: { type: 'string' },
    out: { type: 'string', default: join(repositoryRoot, 'test-results', 'screenshots') },
    fresh: { type: 'boolean', default: false },
    url: { type: 'string' },
  },
})
const out = resolve(options.out)
if (options.fresh) rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const beganMs = performance.now()
const showroom = await showroomForLooking(options.url)
const browser = await launchBrowser()
const failed: string[] = []
try {
  const state = await signInOnce(browser, showroom)
  const screens = consoleScreens(showroom.facts).filter(
    ({ name }) =>
      options.screen === undefined || name.split('.')[0] === options.screen || name === options.screen,
  )
  const looks = everyLook().filter(
    ({ theme, language, width }) =>
      theme === (options.theme ?? theme) &&
      language === (options.language ?? language) &&
      String(width) === (options.width ?? String(width)),
  )
  const shots = screens.flatMap((screen) =>
    looks.map((look) => ({ screen, look, file: pictureFile(screen.name, look) })),
  )
  const missing = shots.filter(({ file }) => !existsSync(join(out, file)))
  await forEachInParallel(
    missing,
    pagesAtOnce(),
    async ({ screen, look, file }) => {
      const { page, context } = await newPage(browser, look, screen.signedIn ? state : null)
      try {
        await openScreen(page, showroom.url, screen)
        await page.screenshot({ path: join(out, file), fullPage: true })
      } finally {
        await context.close()
      }
    },
    ({ file }, error) => failed.push(`${file}: ${String(error).split('\n')[0]}`),
  )
  // Those of earlier runs too.
  const all: Shot[] = consoleScreens(showroom.facts).flatMap((screen) =>
    everyLook().map((look) => ({ screen: screen.name, look, file: pictureFile(screen.name, look) })),
  )
  const there = new Set(readdirSync(out))
  writeFileSync(join(out, 'index.html'), contactSheet(all.filter(({ file }) => there.has(file))))
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0)
  console.log(
    `${missing.length - failed.length} of ${shots.length} screenshots made in ${seconds} s: ${join(out, 'index.html')}`,
  )
} finally {
  await browser.close()
  await showroom.close()
}
for (const line of failed) console.error(line)
process.exitCode = failed.length > 0 ? 1 : 0
