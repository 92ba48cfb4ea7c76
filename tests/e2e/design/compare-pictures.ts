// Compares two pictures, in a browser, which can read them.
import type { Page } from 'playwright-core'

/**
 * A pixel has changed where red, green or blue differs by more than this, of 255. The lightest line of the console is 21 from what is
 * around it; the edges of curves differ by less between versions of Chromium.
 */
const CHANGE_MIN = 16

/** Pixels of a picture: an icon of 16 px that is missing changes more than 50. */
export const CHANGED_MAX = 30

/**
 * @returns how many pixels have changed, and a picture that shows them in red; every pixel where the sizes differ by more than one,
 * which rounding may do.
 */
export async function changedPixels(
  page: Page,
  before: Buffer,
  now: Buffer,
): Promise<{ pixels: number; shown: Buffer }> {
  const { pixels, shown } = await page.evaluate(compare, {
    urls: [before, now].map((png) => `data:image/png;base64,${png.toString('base64')}`),
    least: CHANGE_MIN,
  })
  return { pixels, shown: Buffer.from(shown.slice(shown.indexOf(',') + 1), 'base64') }
}

/** Runs in the page. */
async function compare({ urls, least }: { urls: string[]; least: number }) {
  const images = await Promise.all(
    urls.map(async (url) =>
      createImageBitmap(await (await fetch(url)).blob(), { colorSpaceConversion: 'none' }),
    ),
  )
  const width = Math.max(...images.map((image) => image.width))
  const height = Math.max(...images.map((image) => image.height))
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas')
  const [before, now] = images.map((image) => {
    context.clearRect(0, 0, width, height)
    context.drawImage(image, 0, 0)
    return context.getImageData(0, 0, width, height)
  })
  if (before === undefined || now === undefined) throw new Error('two pictures are needed')
  let pixels = 0
  for (let at = 0; at < now.data.length; at += 4) {
    const differs = [0, 1, 2, 3].some(
      (channel) => Math.abs((before.data[at + channel] ?? 0) - (now.data[at + channel] ?? 0)) > least,
    )
    if (differs) pixels++
    now.data.set(differs ? [255, 0, 0, 255] : [], at)
    if (!differs) now.data[at + 3] = 90
  }
  context.putImageData(now, 0, 0)
  return { pixels, shown: canvas.toDataURL('image/png') }
}
