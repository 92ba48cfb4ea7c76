// `pnpm renew-pictures`: takes the pictures of all components anew, after a change of their look that is meant. Look at the difference
// that git shows before it is committed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { openDesignPage } from './design-page.ts'
import { pathOf, takePictures } from './pictures.ts'

const design = await openDesignPage()
try {
  for (const theme of ['light', 'dark'] as const) {
    const pictures = await takePictures(design, theme)
    rmSync(dirname(pathOf(`${theme}/any`)), { recursive: true, force: true })
    for (const { name, png } of pictures) {
      mkdirSync(dirname(pathOf(name)), { recursive: true })
      writeFileSync(pathOf(name), png)
    }
    console.log(`${pictures.length} pictures of the ${theme} theme`)
  }
} finally {
  await design.close()
}
