// Formatters of the reader's language, each made once: to make one takes some fifty times as long as to use it, and a list of rows
// needs hundreds.
import { getLocale } from '#lib/paraglide/runtime.js'

/** As `new Intl.NumberFormat` of the reader's language makes it. */
export const numberFormat = once(
  (locale: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
)

/** As `new Intl.DateTimeFormat` of the reader's language makes it. */
export const dateTimeFormat = once(
  (locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
)

/** As `new Intl.RelativeTimeFormat` of the reader's language makes it. */
export const relativeTimeFormat = once(
  (locale: string, options: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(locale, options),
)

/** Three digits that count, and all of those before the point: a unit of ten thousand has up to four of them. */
export const compactDigits = {
  notation: 'compact',
  maximumSignificantDigits: 3,
  maximumFractionDigits: 0,
  roundingPriority: 'morePrecision',
} as const satisfies Intl.NumberFormatOptions

/** Loads what all formatters share: a phone needs some 70 ms for it, which are no part of drawing the first page when it is called before. */
export function prepareFormatters(): void {
  dateTimeFormat({}).format(0)
  numberFormat({}).format(0)
}

/** Keeps what was made for a language and options; there are as many as places in the code that format. */
function once<Options, Format>(
  make: (locale: string, options: Options) => Format,
): (options: Options) => Format {
  const made = new Map<string, Format>()
  return (options) => {
    const locale = getLocale()
    const key = `${locale} ${JSON.stringify(options)}`
    const known = made.get(key)
    if (known !== undefined) return known
    const format = make(locale, options)
    made.set(key, format)
    return format
  }
}
