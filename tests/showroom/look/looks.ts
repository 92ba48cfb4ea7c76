// How a screen is looked at: themes, languages and widths.

export type Look = {
  theme: 'light' | 'dark'
  language: 'en' | 'zh-CN'
  width: number
}

const WIDTHS = [1440, 820, 390] as const
const HEIGHTS: Record<number, number> = { 1440: 900, 820: 1180, 390: 844, 320: 640 }

/** Both themes × both languages × these widths. */
export function everyLook(widths: readonly number[] = WIDTHS): Look[] {
  return (['light', 'dark'] as const).flatMap((theme) =>
    (['en', 'zh-CN'] as const).flatMap((language) => widths.map((width) => ({ theme, language, width }))),
  )
}

/** As Playwright takes it for a context. */
export function contextOf({ theme, language, width }: Look) {
  return {
    colorScheme: theme,
    locale: language === 'en' ? 'en-US' : language,
    viewport: { width, height: HEIGHTS[width] ?? 900 },
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  } as const
}

/** The name of a look, for files. */
export function lookName({ theme, language, width }: Look): string {
  return `${theme}.${language}.${width}`
}

/** The name of the file that holds a screen's picture. */
export function pictureFile(screen: string, look: Look): string {
  return `${screen}.${lookName(look)}.png`
}
