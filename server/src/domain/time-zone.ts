// Names of time zones, as the IANA database has them.

/** The name in its own letter case, or null where there is no such zone. Offsets such as `+02:00` are none: they know no summer. */
export function canonicalTimeZone(name: string): string | null {
  if (!/^[A-Za-z][\w+\-/]{0,63}$/.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
