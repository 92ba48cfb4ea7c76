// Light, dark, or whatever the system says. The inline script in app.html applies the same rule before the first paint.
import { keepValue, keptValue } from './kept-value.ts'

export type Theme = 'system' | 'light' | 'dark'

const key = 'latchkey.theme'
const systemDark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

let chosen = $state<Theme>(stored())
systemDark?.addEventListener('change', paint)

/** The choice, which may be to follow the system. */
export function currentTheme(): Theme {
  return chosen
}

/** Keeps the choice and shows it at once. */
export function chooseTheme(theme: Theme): void {
  chosen = theme
  keepValue(key, theme === 'system' ? null : theme)
  paint()
}

function paint(): void {
  const dark = chosen === 'system' ? systemDark?.matches : chosen === 'dark'
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

function stored(): Theme {
  const value = keptValue(key)
  return value === 'light' || value === 'dark' ? value : 'system'
}
