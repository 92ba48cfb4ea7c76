// Which groups of the navigation are folded; this browser remembers it.
import { keepValue, keptValue } from '#lib/preferences/kept-value.ts'

const storageKey = 'latchkey.nav.folded'

const folded = $state<string[]>(keptValue(storageKey)?.split(' ').filter(Boolean) ?? [])

/** True when the screens of the group are hidden. */
export function isFolded(group: string): boolean {
  return folded.includes(group)
}

/** Hides the screens of a group, or shows them again. */
export function toggleGroup(group: string): void {
  const place = folded.indexOf(group)
  if (place < 0) folded.push(group)
  else folded.splice(place, 1)
  keepValue(storageKey, folded.join(' '))
}
