// Ranges of numbers as they are typed: `>0.01`, `<=2s`, `400..499`, `5xx`. Decimals stay text, so that no digit is lost.

/** Both ends are included; decimals as text without a unit: US dollars, milliseconds, or a count. */
export type NumberRange = { gte?: string; lte?: string }

export type Unit = 'usd' | 'count' | 'duration' | 'status'

// What the server tells apart: costs are rounded to 9 decimals, all else is whole.
const decimals: Record<Unit, number> = { usd: 9, count: 0, duration: 0, status: 0 }

/** @returns null for what is no range of this unit. A duration needs its unit: ms, s, m or h. */
export function parseRange(text: string, unit: Unit): NumberRange | null {
  if (unit === 'status') {
    const family = /^([1-5])xx$/i.exec(text)?.[1]
    if (family) return { gte: `${family}00`, lte: `${family}99` }
  }
  const between = text.split('..')
  if (between.length === 2) {
    const [from, to] = between.map((part) => scaled(part, unit))
    if (from == null || to == null || from > to) return null
    return { gte: plain(from, unit), lte: plain(to, unit) }
  }
  const [, operator = '', digits = ''] = /^([<>]=?|=)?(.+)$/.exec(text) ?? []
  const value = scaled(digits, unit)
  if (value === null) return null
  switch (operator) {
    case '>':
      return { gte: plain(value + 1n, unit) }
    case '>=':
      return { gte: plain(value, unit) }
    case '<':
      return value === 0n ? null : { lte: plain(value - 1n, unit) }
    case '<=':
      return { lte: plain(value, unit) }
    default:
      return { gte: plain(value, unit), lte: plain(value, unit) }
  }
}

/** The number in the least units that the server tells apart; null for none, or for a digit more than there is room for. */
function scaled(text: string, unit: Unit): bigint | null {
  const [, whole, fraction = '', suffix = ''] = /^\$?(\d{1,12})(?:\.(\d{1,12}))?([a-z]*)$/i.exec(text) ?? []
  if (whole === undefined) return null
  const factor = factorOf(suffix.toLowerCase(), unit)
  if (factor === null) return null
  const all = BigInt(whole + fraction) * BigInt(factor) * 10n ** BigInt(decimals[unit])
  const divisor = 10n ** BigInt(fraction.length)
  return all % divisor === 0n ? all / divisor : null
}

function factorOf(suffix: string, unit: Unit): number | null {
  const factors: Record<Unit, Record<string, number>> = {
    usd: { '': 1 },
    status: { '': 1 },
    count: { '': 1, k: 1000, m: 1_000_000 },
    duration: { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 },
  }
  return factors[unit][suffix] ?? null
}

function plain(value: bigint, unit: Unit): string {
  const places = decimals[unit]
  if (places === 0) return String(value)
  const digits = String(value).padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return digits.slice(0, -places) + (fraction && `.${fraction}`)
}
