// Gives the browser tests a Chromium: CHROMIUM_PATH, one that the machine has, or the one that npm carries.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { type PackagedChromium, packagedChromiumReason, unpackChromium } from './packaged-chromium.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

const machinePath = process.env.CHROMIUM_PATH || findOnMachine()

/**
 * Why no browser can be had, or undefined when one can: `describe.skipIf(chromiumUnavailableReason)` lets somebody
 * without one run the rest. In CI a skipped test fails the run, so there it must be undefined.
 */
export const chromiumUnavailableReason: string | undefined =
  machinePath === undefined && packagedChromiumReason !== undefined
    ? `No Chromium: set CHROMIUM_PATH or install one (${packagedChromiumReason}).`
    : undefined

/**
 * Starts a headless Chromium; close it when done.
 *
 * @param locale the language that the browser itself speaks; a page's is set on the context.
 * @throws {@link chromiumUnavailableReason} when there is none, or the browser's own words when it does not start.
 */
export async function launchBrowser(locale = 'en-US'): Promise<Browser> {
  return chromium.launch(await launchOptions(locale))
}

/**
 * Starts one whose pages another tool reads at this port (DevTools protocol), and that keeps what it stores in `profile`, a folder of
 * its own. Throws as launchBrowser does.
 */
export async function openWithDebugger(profile: string, port: number): Promise<BrowserContext> {
  const { args, ...options } = await launchOptions('en-US')
  return chromium.launchPersistentContext(profile, {
    ...options,
    args: [...args, `--remote-debugging-port=${port}`],
  })
}

async function launchOptions(locale: string) {
  if (chromiumUnavailableReason !== undefined) throw new Error(chromiumUnavailableReason)
  const found: PackagedChromium =
    machinePath === undefined ? await unpackChromium() : { executablePath: machinePath, env: {} }
  return {
    executablePath: found.executablePath,
    env: { ...process.env, ...found.env },
    args: [
      // Containers give /dev/shm 64 MB, in which Chromium's tabs crash.
      '--disable-dev-shm-usage',
      '--disable-gpu',
      // The same glyphs on every machine, so that screenshots compare.
      '--font-render-hinting=none',
      `--lang=${locale}`,
    ],
  }
}

function findOnMachine(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin', '/snap/bin')
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...paths, mac].find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
