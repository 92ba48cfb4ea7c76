// How far the bounds of an input go, in the reader's language.
import type { UserError } from '@latchkey/sdk'
import { formatInstant, formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'

type Bounds = NonNullable<UserError['bounds']>

/** One sentence; undefined where the server names no bound. */
export function boundsText(bounds: Bounds | null): string | undefined {
  if (bounds === null) return undefined
  return numberText(bounds) ?? lengthText(bounds) ?? itemsText(bounds) ?? instantText(bounds)
}

function numberText({ min, max, above }: Bounds): string | undefined {
  if (above !== null) {
    const text = formatNumber(above)
    return max === null
      ? m.invalid_above({ above: text })
      : m.invalid_above_to({ above: text, max: formatNumber(max) })
  }
  if (min !== null && max !== null) return m.field_range({ min: formatNumber(min), max: formatNumber(max) })
  if (min !== null) return m.field_least({ min: formatNumber(min) })
  return max === null ? undefined : m.field_most({ max: formatNumber(max) })
}

function lengthText({ minLength: min, maxLength: max }: Bounds): string | undefined {
  if (min !== null && max !== null)
    return m.invalid_length({ min: formatNumber(min), max: formatNumber(max) })
  if (min !== null) return m.invalid_too_short({ bound: formatNumber(min) })
  return max === null ? undefined : m.invalid_too_long({ bound: formatNumber(max) })
}

function itemsText({ minItems: min, maxItems: max }: Bounds): string | undefined {
  if (min !== null && max !== null) return m.invalid_items({ min: formatNumber(min), max: formatNumber(max) })
  if (min !== null) return m.invalid_items_least({ min: formatNumber(min) })
  return max === null ? undefined : m.invalid_items_most({ max: formatNumber(max) })
}

function instantText({ earliest, latest }: Bounds): string | undefined {
  if (earliest !== null && latest !== null)
    return m.invalid_instant({
      earliest: formatInstant(String(earliest)),
      latest: formatInstant(String(latest)),
    })
  if (earliest !== null) return m.invalid_instant_earliest({ earliest: formatInstant(String(earliest)) })
  return latest === null ? undefined : m.invalid_instant_latest({ latest: formatInstant(String(latest)) })
}
