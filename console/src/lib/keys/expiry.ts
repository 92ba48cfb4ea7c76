// How long a key lives, as a form offers it.
import { isoDay } from '#lib/range.ts'

export const expiryChoices = ['30', '90', '365', 'never', 'date'] as const
export type ExpiryChoice = (typeof expiryChoices)[number]
export type Expiry = { choice: ExpiryChoice /** YYYY-MM-DD, local. */; date: string }

const dayMs = 86_400_000

/** A form's value as an instant; null for never. A date means until its end. */
export function expiresAt({ choice, date }: Expiry, now = Date.now()): string | null {
  if (choice === 'never') return null
  if (choice !== 'date') return new Date(now + Number(choice) * dayMs).toISOString()
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return new Date(year, month - 1, day, 23, 59, 59).toISOString()
}

/** An existing key's expiry, as the form shows it. */
export function expiryOf(expiresAtIso: string | null): Expiry {
  if (expiresAtIso === null) return { choice: 'never', date: '' }
  return { choice: 'date', date: isoDay(new Date(expiresAtIso)) }
}
