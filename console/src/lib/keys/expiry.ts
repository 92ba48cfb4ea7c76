// How long a key lives, as a form offers it.
import { currentZone } from '#lib/preferences/time-zone.svelte.ts'
import { dayMs } from '#lib/time/durations.ts'
import { dayStart, isoDay } from '#lib/time/iso-day.ts'

/** A number of days, for ever, or until a date. */
export type ExpiryChoice = `${number}` | 'never' | 'date'
export type Expiry = { choice: ExpiryChoice /** YYYY-MM-DD, in the chosen zone. */; date: string }

const usualDays = [7, 30, 90, 365]
const proposedDays = 90

/** What is offered where keys may last so many days at most; null: as long as one likes. */
export function expiryChoices(maxDays: number | null): ExpiryChoice[] {
  if (maxDays === null) return [...usualDays.map((days): ExpiryChoice => `${days}`), 'never', 'date']
  const days = new Set([...usualDays.filter((each) => each <= maxDays), maxDays])
  return [...[...days].toSorted((a, b) => a - b).map((each): ExpiryChoice => `${each}`), 'date']
}

/** What a new key is proposed: what the settings say, else 90 days, within what they allow. */
export function usualExpiry(settings: {
  defaultExpiryDays: number | null
  maxExpiryDays: number | null
}): Expiry {
  const days = settings.defaultExpiryDays ?? proposedDays
  return { choice: `${Math.min(days, settings.maxExpiryDays ?? days)}`, date: '' }
}

/** A form's value as an instant; null for never. A date means until its end. */
export function expiresAt({ choice, date }: Expiry, now = Date.now()): string | null {
  if (choice === 'never') return null
  if (choice !== 'date') return new Date(now + Number(choice) * dayMs).toISOString()
  return new Date(dayStart(date, currentZone() === 'utc', 1) - 1_000).toISOString()
}

/** An existing key's expiry, as the form shows it. */
export function expiryOf(expiresAtIso: string | null): Expiry {
  if (expiresAtIso === null) return { choice: 'never', date: '' }
  return { choice: 'date', date: isoDay(new Date(expiresAtIso), currentZone() === 'utc') }
}
