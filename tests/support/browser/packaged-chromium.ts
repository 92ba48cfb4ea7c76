// Unpacks the Chromium that `@sparticuz/chromium` carries, for machines which have none.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A browser, and what its process needs in its environment to find its libraries and fonts. */
export type PackagedChromium = { executablePath: string; env: Record<string, string> }

const main = resolvePackage()

/** Why the packaged Chromium cannot be used, or undefined when it can. */
export const packagedChromiumReason: string | undefined =
  main === undefined
    ? '@sparticuz/chromium is not installed'
    : platform() !== 'linux' || arch() !== 'x64'
      ? '@sparticuz/chromium carries a browser for 64-bit x86 Linux only'
      : undefined

/**
 * Unpacks the browser (about 210 MB, three seconds) unless an earlier run did.
 *
 * @throws when {@link packagedChromiumReason} says that there is none, or when the disk is full.
 */
export async function unpackChromium(): Promise<PackagedChromium> {
  if (main === undefined || packagedChromiumReason !== undefined) throw new Error(packagedChromiumReason)
  const description: { version: string } = JSON.parse(
    readFileSync(join(dirname(main), '..', 'package.json'), 'utf8'),
  )
  const home = join(
    import.meta.dirname,
    '..',
    '..',
    'node_modules',
    '.cache',
    `chromium-${description.version}`,
  )
  if (!existsSync(home)) unpackInto(home, main)
  return { executablePath: join(home, 'chromium'), env: environment(home) }
}

function resolvePackage(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('@sparticuz/chromium')
  } catch {
    return undefined
  }
}

// Into a folder of its own, renamed when complete: a run that is interrupted leaves no half of a browser behind.
function unpackInto(home: string, main: string): void {
  mkdirSync(dirname(home), { recursive: true })
  const scratch = mkdtempSync(`${home}-`)
  // The package unpacks to the system's temporary folder, which only another process can have elsewhere. It
  // brings its libraries along when it takes itself to be on Amazon Linux, and any slim container lacks them too.
  const script = `await (await import(${JSON.stringify(pathToFileURL(main).href)})).default.executablePath()`
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, TMPDIR: scratch, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    stdio: 'pipe',
  })
  writeFileSync(
    join(scratch, 'fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(home, 'fonts')}</dir><cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>\n`,
  )
  try {
    renameSync(scratch, home)
  } catch (error) {
    // Another worker was first.
    rmSync(scratch, { recursive: true })
    if (!existsSync(home)) throw error
  }
}

function environment(home: string): Record<string, string> {
  const libraries = [join(home, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH ?? '']
  return {
    LD_LIBRARY_PATH: libraries.filter((place) => place !== '').join(':'),
    // The machine's own fonts know more scripts than the packaged one, where there are any.
    ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: join(home, 'fonts.conf') }),
  }
}
