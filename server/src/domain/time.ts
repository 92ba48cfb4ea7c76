// Lengths of time in milliseconds, and names of time zones.

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
/** A day of UTC. A day of a time zone may be an hour shorter or longer. */
export const DAY_MS = 24 * HOUR_MS

/**
 * The name of a time zone of the IANA database in the letter case of that database, or null where there is no such zone. An
 * offset such as `+02:00` is refused: it has no daylight saving time.
 */
export function canonicalTimeZone(name: string): string | null {
  if (!/^[A-Za-z][\w+\-/]{0,63}$/.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
