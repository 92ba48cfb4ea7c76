// US dollars as exact integers of nano-USD (10^-9 dollars), and the decimals that people write.

const NANO_DIGITS = 9
const DECIMAL = /^(0|[1-9]\d{0,11})(?:\.(\d{1,9}))?$/

/** Nano-USD of a plain decimal such as `20`, `0.50`; null for anything else, as signs, exponents or over 9 places. */
export function nanoUsdOf(decimal: string): bigint | null {
  const match = DECIMAL.exec(decimal)
  if (match === null) return null
  const [, dollars = '0', fraction = ''] = match
  return BigInt(dollars + fraction.padEnd(NANO_DIGITS, '0'))
}

// As JavaScript writes a number, or an upstream a decimal in a string.
const NUMBER = /^(\d{1,22})(?:\.(\d{1,40}))?(?:e([+-]\d{1,3}))?$/

/**
 * Nano-USD of an amount in dollars that an upstream reports: a number, exact in the decimal that it is written as, or such a decimal in
 * a string, rounded half up. Null for all else, for negative amounts, and above 2^53 - 1, some nine million dollars.
 */
export function nanoUsdOfNumber(amount: unknown): number | null {
  const isAmount = typeof amount === 'number' || (typeof amount === 'string' && amount.length <= 64)
  const match = isAmount ? NUMBER.exec(String(amount)) : null
  if (match === null) return null
  const [, whole = '0', fraction = '', exponent = '0'] = match
  // Decimal places behind a nano-dollar; negative: zeros that are to be added.
  const places = fraction.length - Number(exponent) - NANO_DIGITS
  const digits = BigInt(whole + fraction)
  if (digits === 0n) return 0
  if (places < -NANO_DIGITS - 22) return null
  if (places > whole.length + fraction.length) return 0
  const nano =
    places <= 0
      ? digits * 10n ** BigInt(-places)
      : (digits + 5n * 10n ** BigInt(places - 1)) / 10n ** BigInt(places)
  return nano <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(nano) : null
}

/** The shortest decimal of an amount: `20`, `0.5`, `-0.000000001`. */
export function usdOf(nanoUsd: bigint): string {
  const sign = nanoUsd < 0n ? '-' : ''
  const digits = String(nanoUsd < 0n ? -nanoUsd : nanoUsd).padStart(NANO_DIGITS + 1, '0')
  const fraction = digits.slice(-NANO_DIGITS).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -NANO_DIGITS)}${fraction === '' ? '' : `.${fraction}`}`
}
