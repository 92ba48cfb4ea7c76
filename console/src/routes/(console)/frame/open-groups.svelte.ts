// Which groups of the navigation are folded; this browser remembers it.

const storageKey = 'latchkey.nav.folded'

const folded = $state<string[]>(stored())

/** True when the screens of the group are hidden. */
export function isFolded(group: string): boolean {
  return folded.includes(group)
}

/** Hides the screens of a group, or shows them again. */
export function toggleGroup(group: string): void {
  const place = folded.indexOf(group)
  if (place < 0) folded.push(group)
  else folded.splice(place, 1)
  try {
    localStorage.setItem(storageKey, folded.join(' '))
  } catch {
    // A browser that stores nothing forgets it with the page.
  }
}

function stored(): string[] {
  try {
    return globalThis.localStorage?.getItem(storageKey)?.split(' ').filter(Boolean) ?? []
  } catch {
    return []
  }
}
