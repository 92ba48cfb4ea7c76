// A person's hands on a page: everything that they do is counted.
import type { Locator, Page } from 'playwright-core'

export type Effort = {
  /** Presses of the mouse, or of a finger. */
  clicks: number
  /** Presses of keys: each letter that is typed, and one for a shortcut such as pasting. */
  keystrokes: number
}

export type Hands = {
  /** Clicks what is found by its role or its label. */
  click(target: Locator): Promise<void>
  /** Chooses in a native list: a click, and a click. */
  choose(list: Locator, option: string): Promise<void>
  /** Types where the focus is. */
  type(text: string): Promise<void>
  /** Presses a key or a shortcut, as `ControlOrMeta+K`. */
  press(key: string): Promise<void>
  /** Pastes where the focus is, from the real clipboard. */
  paste(text: string): Promise<void>
  /** What it has taken so far. */
  effort(): Effort
}

/** Hands that have done nothing yet. Pasting needs a page that may use the clipboard, as one on this machine may. */
export function handsOn(page: Page): Hands {
  const effort: Effort = { clicks: 0, keystrokes: 0 }

  async function press(key: string): Promise<void> {
    effort.keystrokes += 1
    await page.keyboard.press(key)
  }

  return {
    async click(target) {
      effort.clicks += 1
      await target.click()
    },
    async choose(list, option) {
      effort.clicks += 2
      await list.selectOption({ label: option })
    },
    async type(text) {
      effort.keystrokes += text.length
      await page.keyboard.type(text)
    },
    press,
    async paste(text) {
      await page
        .context()
        .grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(page.url()).origin })
      await page.evaluate((copied) => navigator.clipboard.writeText(copied), text)
      await press('ControlOrMeta+V')
    },
    effort: () => ({ ...effort }),
  }
}
