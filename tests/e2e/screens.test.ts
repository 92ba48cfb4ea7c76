// Every screen of the console over ninety days of data: what can be judged without a person, in two minutes. Everything, in every
// theme, language and width, is in docs/reference/console-quality.md: `pnpm console-quality`.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forEachInParallel } from '../showroom/look/in-parallel.ts'
import { type Look, lookName } from '../showroom/look/looks.ts'
import { newPage, openScreen, signInOnce } from '../showroom/look/open-screen.ts'
import {
  LAYOUT_SHIFT_MAX,
  NARROW_WIDTHS,
  ROUTE_MAX_BYTES,
  routeSizes,
  SHELL_MAX_BYTES,
  screenViolations,
  sidewaysAt,
  watchScripts,
  watchShifts,
} from '../showroom/look/screen-checks.ts'
import { consoleScreens, type Screen } from '../showroom/look/screens.ts'
import type { ServedShowroom } from '../showroom/served-showroom.ts'
import { showroomForLooking } from '../showroom/showroom-for-looking.ts'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'

// A slow machine looks at two screens at once.
const AT_ONCE = 2

type Seen = { screen: Screen; look: Look }

describe.skipIf(chromiumUnavailableReason)('every screen', () => {
  let showroom: ServedShowroom
  let browser: Browser
  const violations: string[] = []
  const complaints: string[] = []
  const sideways: string[] = []
  const moved: Seen[] = []
  const movedAgain: string[] = []
  const faults: string[] = []
  const scripts = new Map<string, ReadonlySet<string>>()

  beforeAll(async () => {
    showroom = await showroomForLooking()
    browser = await launchBrowser()
    const state = await signInOnce(browser, showroom)
    const seen: Seen[] = consoleScreens(showroom.facts).flatMap((screen, at) => {
      const looks: Look[] = [
        { theme: 'light', language: at % 2 === 0 ? 'en' : 'zh-CN', width: 1440 },
        { theme: 'dark', language: at % 2 === 0 ? 'zh-CN' : 'en', width: 390 },
      ]
      // Of a state of a screen one of the two, in turns; `pnpm console-quality` opens all twelve of each.
      return (screen.name.includes('.') ? looks.filter((_, which) => which === at % 2) : looks).map(
        (look) => ({ screen, look }),
      )
    })
    await forEachInParallel(
      seen,
      AT_ONCE,
      async ({ screen, look }) => {
        const place = `${screen.name} ${look.theme} ${look.language} ${look.width}`
        const opened = await newPage(browser, look, screen.signedIn ? state : null)
        try {
          const loaded = watchScripts(opened.page)
          const shift = await watchShifts(opened.page)
          await openScreen(opened.page, showroom.url, screen)
          if ((await shift()) > LAYOUT_SHIFT_MAX) moved.push({ screen, look })
          violations.push(...(await screenViolations(opened.page)).map((found) => `${place}: ${found}`))
          if (look.theme === 'light') {
            if (screen.signedIn) scripts.set(screen.name, loaded)
            for (const width of NARROW_WIDTHS) {
              const pixels = await sidewaysAt(opened.page, width)
              if (pixels > 0) sideways.push(`${place}: ${pixels} px wider than ${width} px`)
            }
          }
          complaints.push(...opened.complaints.map((text) => `${place}: ${text}`))
        } finally {
          await opened.context.close()
        }
      },
      ({ screen }, error) => faults.push(`${screen.name}: ${String(error)}`),
    )
    // Alone: beside another screen and other tests, what a person sees at once may come in parts.
    for (const { screen, look } of moved) {
      const { page, context } = await newPage(browser, look, screen.signedIn ? state : null)
      try {
        const shift = await watchShifts(page)
        await openScreen(page, showroom.url, screen)
        const shifted = await shift()
        if (shifted > LAYOUT_SHIFT_MAX)
          movedAgain.push(`${screen.name} ${lookName(look)}: ${shifted.toFixed(3)}`)
      } catch (error) {
        faults.push(`${screen.name}: ${String(error)}`)
      } finally {
        await context.close()
      }
    }
  }, 1_200_000)
  afterAll(async () => {
    await browser?.close()
    await showroom?.close()
  })

  test('opens', () => expect(faults).toEqual([]))
  test('breaks no rule of WCAG 2.2 AA, in both themes', () => expect(violations).toEqual([]))
  test('writes no error to the console of the browser', () => expect(complaints).toEqual([]))
  test('does not scroll sideways at 320 px and at a zoom of 200 %', () => expect(sideways).toEqual([]))
  test('moves nothing on the screen while it loads', () => expect(movedAgain).toEqual([]))
  test('loads at most 240 KB of scripts that all screens share, and 120 KB of its own', () => {
    const { routes, shellBytes } = routeSizes(scripts)
    const large = [...routes].filter(([, bytes]) => bytes > ROUTE_MAX_BYTES)
    expect(large).toEqual([])
    expect(shellBytes).toBeLessThan(SHELL_MAX_BYTES)
    expect(routes.size).toBeGreaterThan(5)
  })
})
