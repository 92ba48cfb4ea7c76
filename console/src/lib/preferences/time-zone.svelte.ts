// Whether times are shown as local ones or in UTC; this browser remembers it.
import { keepValue, keptValue } from './kept-value.ts'

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
  keepValue(storageKey, zone)
}

/** For Intl: the zone that times are shown in; undefined is the browser's own. */
export function intlZone(): 'UTC' | undefined {
  return chosen === 'utc' ? 'UTC' : undefined
}

function stored(): Zone {
  return keptValue(storageKey) === 'utc' ? 'utc' : 'local'
}
