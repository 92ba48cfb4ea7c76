// `pnpm renew-pictures`: takes the pictures of all components anew, after a change of their look that is meant. Look at the difference
// that git shows before it is committed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CHANGED_MAX, changedPixels } from './compare-pictures.ts'
import { openDesignPage } from './design-page.ts'
import { keptNames, keptPicture, pathOf, takePictures } from './pictures.ts'

const design = await openDesignPage()
try {
  for (const theme of ['light', 'dark'] as const) {
    const pictures = await takePictures(design, theme)
    const names = pictures.map(({ name }) => name)
    for (const name of await keptNames(theme)) if (!names.includes(name)) rmSync(pathOf(name))
    for (const { name, png } of pictures) {
      // One that the test takes for the same is no change to look at.
      const kept = await keptPicture(name)
      if (kept !== null && (await changedPixels(design.blank, kept, png)).pixels <= CHANGED_MAX) continue
      mkdirSync(dirname(pathOf(name)), { recursive: true })
      writeFileSync(pathOf(name), png)
    }
    console.log(`${pictures.length} pictures of the ${theme} theme`)
  }
} finally {
  await design.close()
}
