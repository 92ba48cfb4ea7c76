// How wide a side panel is: what this browser keeps, within what the window has room for.
import { keepValue, keptValue } from '#lib/preferences/kept-value.ts'

const STORAGE_KEY = 'latchkey.panel'
const USUAL = 520

/** In CSS pixels. */
export const PANEL_MIN_WIDTH = 360

/** The most that leaves 400 px of the list beside the navigation, in CSS pixels. */
export function panelMaxWidth(): number {
  return Math.max(PANEL_MIN_WIDTH, innerWidth - 624)
}

/** The width that was kept, in CSS pixels. A narrower window may have less room now. */
export function keptPanelWidth(): number {
  return Number(keptValue(STORAGE_KEY)) || USUAL
}

/** A width within bounds, in CSS pixels. */
export function boundedPanelWidth(width: number, max = panelMaxWidth()): number {
  return Math.min(Math.max(width, PANEL_MIN_WIDTH), max)
}

/** Keeps a width in CSS pixels. */
export function keepPanelWidth(width: number): void {
  keepValue(STORAGE_KEY, String(Math.round(width)))
}
