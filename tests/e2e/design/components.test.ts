// The look of every component, in both themes: each specimen of the page `/design` is compared with a picture that the repository keeps.
// Letters are drawn differently by each system and version of Chromium. Here words are bars, in a font whose glyphs are rectangles
// (Flow Block), so that the same console gives the same picture everywhere, and little is tolerated. What a picture would keep as well
// as what is right is held by rules: contrast, the ring around what has the focus, no text outside of its place, no missing colour.
// After a change that is meant: `pnpm renew-pictures`, and look at what git shows. A failed run leaves what it saw in
// test-results/design.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations } from '../../support/browser/axe.ts'
import { chromiumUnavailableReason } from '../../support/browser/chromium.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { CHANGED_MAX, changedPixels } from './compare-pictures.ts'
import { type DesignPage, openDesignPage } from './design-page.ts'
import { invisibleFocus, spilledTexts } from './look-rules.ts'
import { keptNames, keptPicture, type Picture, takePictures } from './pictures.ts'

const THEMES = ['light', 'dark'] as const

describe.skipIf(chromiumUnavailableReason)('the components of the console', () => {
  let design: DesignPage

  beforeAll(async () => {
    design = await openDesignPage()
  })
  afterAll(() => design?.close())

  test('are all on the page', () => {
    const folder = 'console/src/lib/components'
    const files = globSync('*/*.svelte', { cwd: join(repositoryRoot, folder) }).map((path) =>
      path.replaceAll('\\', '/'),
    )
    expect(files.length).toBeGreaterThan(40)
    const missing = files.filter((path) => !design.modules.has(`src/lib/components/${path}`))
    expect(missing).toEqual([])
  })

  test.each(THEMES)('look as they did, in the %s theme', async (theme) => {
    const pictures = await takePictures(design, theme)
    const changed: string[] = []
    for (const picture of pictures) {
      const difference = await differenceOf(picture)
      if (difference !== null) changed.push(`${picture.name}: ${difference}`)
    }
    expect(changed, 'pictures of test-results/design; if it is meant: pnpm renew-pictures').toEqual([])
    expect(pictures.map(({ name }) => name).sort()).toEqual(await keptNames(theme))
  })

  test.each(THEMES)('can be read, in the %s theme', async (theme) => {
    await design.showIn(theme)
    const scope = { within: '[data-specimen]', rules: ['color-contrast'] }
    expect(await axeViolations(design.page, scope)).toEqual([])
  })

  test('have a colour for every name, in each theme', () => {
    const tokens = readFileSync(join(repositoryRoot, 'console/src/tokens.css'), 'utf8')
    const [light = [], dark = []] = tokens
      .split(':root[data-theme="dark"]')
      .map((part) => [...part.matchAll(/^\s+(--[\w-]+):/gm)].map(([, name]) => name))
    expect(light.length).toBeGreaterThan(30)
    expect(dark).toEqual(light)
  })

  test('show which of them has the focus', async () => {
    expect(await invisibleFocus(design.page)).toEqual([])
  })

  test.each([1024, 320])('keep their texts within, at %i px', async (width) => {
    await design.page.setViewportSize({ width, height: 900 })
    expect(await spilledTexts(design.page)).toEqual([])
  })

  /** What is to be said of a picture, or null where it is as it was. */
  async function differenceOf({ name, png }: Picture): Promise<string | null> {
    const kept = await keptPicture(name)
    const result =
      kept === null
        ? { pixels: Number.POSITIVE_INFINITY, shown: png }
        : await changedPixels(design.blank, kept, png)
    if (result.pixels <= CHANGED_MAX) return null
    const folder = join(repositoryRoot, 'test-results/design')
    mkdirSync(folder, { recursive: true })
    const file = name.replace('/', '-')
    writeFileSync(join(folder, `${file}.now.png`), png)
    writeFileSync(join(folder, `${file}.difference.png`), result.shown)
    return kept === null ? 'there is no picture of it yet' : `${result.pixels} pixels have changed`
  }
})
