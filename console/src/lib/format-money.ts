// Money: decimals of US dollars as text, as the server sends them. They are never made numbers, which could not hold them.
import { getLocale } from '#lib/paraglide/runtime.js'

type Decimal = `${number}`

/** "0.000123456" → "$0.000123456": every digit, for titles, receipts and tables that are added up. Null is "–". */
export function formatUsd(decimal: string | null | undefined): string {
  if (decimal === null || decimal === undefined || !isDecimal(decimal)) return '–'
  return currency({ maximumFractionDigits: 12 }).format(decimal)
}

/** "0.000123456" → "$0.000123", "1234.567" → "$1,234.57", "56789" → "$56.8K": for rows and tiles, whose title has every digit. */
export function formatUsdShort(decimal: string | null | undefined): string {
  if (decimal === null || decimal === undefined || !isDecimal(decimal)) return '–'
  const size = Math.abs(Number(decimal))
  if (size === 0) return currency({}).format(0)
  if (size >= 10_000) return currency({ notation: 'compact', maximumFractionDigits: 1 }).format(decimal)
  if (size >= 1) return currency({}).format(decimal)
  if (size < 0.000001) return `< ${currency({ maximumFractionDigits: 6 }).format(0.000001)}`
  // Two digits behind the point are too few here: three that count.
  return currency({ minimumFractionDigits: 2, maximumFractionDigits: 6, maximumSignificantDigits: 3 }).format(
    decimal,
  )
}

/** The number that a chart or a bar draws; NaN for what is none. */
export function usdNumber(decimal: string | null | undefined): number {
  return decimal === null || decimal === undefined || !isDecimal(decimal) ? Number.NaN : Number(decimal)
}

/** True for a decimal such as "-12.5" or "0". */
function isDecimal(text: string): text is Decimal {
  return /^-?\d+(\.\d+)?$/.test(text)
}

function currency(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return new Intl.NumberFormat(getLocale(), {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    ...options,
  })
}
