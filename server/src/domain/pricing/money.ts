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

/** The shortest decimal of an amount: `20`, `0.5`, `-0.000000001`. */
export function usdOf(nanoUsd: bigint): string {
  const sign = nanoUsd < 0n ? '-' : ''
  const digits = String(nanoUsd < 0n ? -nanoUsd : nanoUsd).padStart(NANO_DIGITS + 1, '0')
  const fraction = digits.slice(-NANO_DIGITS).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -NANO_DIGITS)}${fraction === '' ? '' : `.${fraction}`}`
}
