// Which language the console speaks. The inline script in app.html decides before the first paint and leaves
// its decision in <html lang>; from there on that attribute is the truth.
import { isLocale, type Locale, locales, overwriteGetLocale } from '#lib/paraglide/runtime.js'
import { keepValue } from './kept-value.ts'

/** Languages under the names that their speakers use. */
export const localeNames: Record<Locale, string> = { en: 'English', 'zh-CN': '简体中文' }

// Read once, since every text asks for it: another language starts the page again.
const lang = globalThis.document?.documentElement.lang
const onScreen: Locale = isLocale(lang) ? lang : 'en'

/** The language on screen. */
export function currentLocale(): Locale {
  return onScreen
}

/** A text of the console in each of its languages. */
export function inEveryLocale(text: () => string): string[] {
  try {
    return locales.map((locale) => {
      overwriteGetLocale(() => locale)
      return text()
    })
  } finally {
    overwriteGetLocale(currentLocale)
  }
}

/** Keeps the choice and starts the console again in that language. */
export function chooseLocale(locale: Locale): void {
  if (locale === currentLocale()) return
  keepValue('latchkey.locale', locale)
  location.reload()
}

overwriteGetLocale(currentLocale)
