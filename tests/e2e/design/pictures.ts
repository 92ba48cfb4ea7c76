// The pictures of the components, one for each specimen and theme; those to compare with are in `pictures/`.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { type DesignPage, drawn, type Theme } from './design-page.ts'

const FOLDER = join(import.meta.dirname, 'pictures')

export type Picture = {
  /** `light/buttons`, say. */
  name: string
  png: Buffer
}

/** What shows itself only when something is pressed, or has the focus. */
const OPENED: Record<string, (page: Page) => Promise<Locator>> = {
  'button-focused': async (page) => {
    const buttons = page.locator('[data-specimen="buttons"]')
    await buttons.getByRole('button', { name: 'Secondary' }).focus()
    return buttons
  },
  'field-focused': async (page) => {
    const field = page.getByRole('textbox', { name: 'Name', exact: true })
    await field.focus()
    return field.locator('xpath=..')
  },
  'row-focused': async (page) => {
    const row = page.locator('[data-specimen="table"] tbody tr').nth(4)
    await row.getByRole('link').focus()
    return row
  },
  menu: async (page) => {
    await page.locator('[data-specimen="buttons"]').getByRole('button', { name: 'Actions' }).click()
    return page.getByRole('menu')
  },
  dialog: async (page) => {
    await page.getByRole('button', { name: 'Confirm, typed' }).click()
    return page.getByRole('alertdialog').or(page.getByRole('dialog'))
  },
  drawer: async (page) => {
    await page.getByRole('button', { name: 'Drawer' }).click()
    return page.getByRole('dialog')
  },
  'side-panel': async (page) => {
    await page.getByRole('button', { name: 'Side panel' }).click()
    return page.locator('.side-panel')
  },
  toast: async (page) => {
    await page.getByRole('button', { name: 'Toast with undo' }).click()
    return page.locator('[data-sonner-toast]')
  },
}

/** Takes all pictures in one theme. */
export async function takePictures({ page, showIn }: DesignPage, theme: Theme): Promise<Picture[]> {
  await showIn(theme)
  const pictures: Picture[] = []
  const take = async (name: string, what: Locator) => {
    await drawn(page)
    pictures.push({ name: `${theme}/${name}`, png: await what.screenshot({ animations: 'disabled' }) })
  }
  const names = await page
    .locator('[data-specimen]')
    .evaluateAll((all) => all.map((one) => (one instanceof HTMLElement ? (one.dataset.specimen ?? '') : '')))
  for (const name of names) await take(name, page.locator(`[data-specimen="${name}"]`))
  for (const [name, open] of Object.entries(OPENED)) {
    await take(name, await open(page))
    await hide(page)
  }
  return pictures
}

/** Closes what is open, and takes the focus away. */
async function hide(page: Page): Promise<void> {
  const toast = page.locator('[data-sonner-toast]')
  if ((await toast.count()) > 0) {
    await toast.locator('[data-close-button]').click()
    await toast.waitFor({ state: 'detached' })
  } else await page.keyboard.press('Escape')
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
}

/** Where the picture to compare with is. */
export function pathOf(name: string): string {
  return join(FOLDER, `${name}.png`)
}

/** The picture to compare with, or null where there is none yet. */
export async function keptPicture(name: string): Promise<Buffer | null> {
  return readFile(pathOf(name)).catch(() => null)
}

/** Names of the pictures that are kept of a theme, in order. */
export async function keptNames(theme: Theme): Promise<string[]> {
  const files = await readdir(join(FOLDER, theme)).catch(() => [])
  return files.map((file) => `${theme}/${file.replace(/\.png$/, '')}`).sort()
}
