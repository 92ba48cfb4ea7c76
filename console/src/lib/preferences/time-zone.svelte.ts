// Whether times are shown as local ones or in UTC; this browser remembers it.

export type Zone = 'local' | 'utc'

const storageKey = 'latchkey.zone'

let chosen = $state<Zone>(stored())

/** The zone in which times are shown; reactive. */
export function currentZone(): Zone {
  return chosen
}

/** Keeps the choice; every time on screen is drawn again. */
export function chooseZone(zone: Zone): void {
  chosen = zone
  try {
    localStorage.setItem(storageKey, zone)
  } catch {
    // A browser that stores nothing forgets it with the page.
  }
}

/** For Intl: the zone that times are shown in; undefined is the browser's own. */
export function intlZone(): 'UTC' | undefined {
  return chosen === 'utc' ? 'UTC' : undefined
}

function stored(): Zone {
  try {
    return globalThis.localStorage?.getItem(storageKey) === 'utc' ? 'utc' : 'local'
  } catch {
    return 'local'
  }
}
