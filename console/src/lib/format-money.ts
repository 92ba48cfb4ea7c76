// Money: decimals of US dollars as text, as the server sends them. They are never made numbers, which could not hold them.
import { compactDigits, numberFormat } from '#lib/preferences/intl.ts'

type Decimal = `${number}`

/** "0.000123456" → "$0.000123456": every digit, for titles, receipts and tables that are added up. Null is "–". */
export function formatUsd(decimal: string | null | undefined): string {
  if (decimal === null || decimal === undefined || !isDecimal(decimal)) return '–'
  return currency({ maximumFractionDigits: 12 }).format(decimal)
}

/** "25.00" → "$25", "2.5" → "$2.50": every digit of an amount that somebody has set, without cents where there are none. */
export function formatUsdSet(decimal: string | null | undefined): string {
  if (decimal === null || decimal === undefined || !isDecimal(decimal)) return '–'
  return currency({ maximumFractionDigits: 12, trailingZeroDisplay: 'stripIfInteger' }).format(decimal)
}

/** "0.000123456" → "$0.000123", "0.1234" → "$0.12", "1234.567" → "$1,234.57", "56789" → "$56.8K": for rows and tiles, whose title has every digit. */
export function formatUsdShort(decimal: string | null | undefined): string {
  if (decimal === null || decimal === undefined || !isDecimal(decimal)) return '–'
  const size = Math.abs(Number(decimal))
  if (size === 0) return currency({}).format(0)
  if (size >= 10_000) return currency(compactDigits).format(decimal)
  if (size < 0.000001) return `< ${currency({ maximumFractionDigits: 6 }).format(0.000001)}`
  return currency({ minimumFractionDigits: 2, maximumFractionDigits: digitsOf(size) }).format(decimal)
}

/** Of a list: with as many digits as formatUsdShort gives the largest of it, so that the points of the column stand below each other. */
export function formatUsdBeside(decimal: string, largest: string): string {
  if (!isDecimal(decimal) || !isDecimal(largest)) return '–'
  const [size, most] = [Math.abs(Number(decimal)), Math.abs(Number(largest))]
  if (size >= 10_000 || most < 0.000001) return formatUsdShort(decimal)
  const digits = digitsOf(most)
  const least = 10 ** -digits
  if (size > 0 && size < least / 2) return `< ${currency({ maximumFractionDigits: digits }).format(least)}`
  return currency({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(decimal)
}

/** As formatUsdShort, without the cents where there are none: "$200", for a limit beside what is spent of it. */
export function formatUsdLimit(decimal: string | null | undefined): string {
  if (decimal === null || decimal === undefined || !isDecimal(decimal)) return '–'
  const size = Math.abs(Number(decimal))
  if (size < 0.1 || size >= 10_000) return formatUsdShort(decimal)
  return currency({ trailingZeroDisplay: 'stripIfInteger' }).format(decimal)
}

/** An estimate, or what something is compared with: from $100 on without cents, which would say more than is known. */
export function formatUsdRough(usd: number): string {
  return usd >= 100 && usd < 10_000
    ? currency({ maximumFractionDigits: 0 }).format(usd)
    : formatUsdShort(usd.toFixed(6))
}

/** Behind the point: from ten cents on in cents, so that the points of a column stand below each other; else three that count. */
function digitsOf(size: number): number {
  return size >= 0.1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size)))
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
  return numberFormat({
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    ...options,
  })
}
