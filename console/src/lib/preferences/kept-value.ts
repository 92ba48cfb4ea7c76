// What this browser keeps from one visit to the next, and a tab until it is closed. One that is set to store nothing throws at any touch of
// its storage, and forgets with the page.

/** What is kept under a name, which begins with `latchkey.`; null: nothing. */
export function keptValue(name: string): string | null {
  return read('localStorage', name)
}

/** Keeps a value under a name; null forgets it. */
export function keepValue(name: string, value: string | null): void {
  keep('localStorage', name, value)
}

/** What this tab keeps under a name, which begins with `latchkey.`; null: nothing. */
export function keptInTab(name: string): string | null {
  return read('sessionStorage', name)
}

/** Keeps a value under a name in this tab; null forgets it. */
export function keepInTab(name: string, value: string | null): void {
  keep('sessionStorage', name, value)
}

type Place = 'localStorage' | 'sessionStorage'

function read(place: Place, name: string): string | null {
  try {
    return globalThis[place]?.getItem(name) ?? null
  } catch {
    return null
  }
}

function keep(place: Place, name: string, value: string | null): void {
  try {
    if (value === null) globalThis[place].removeItem(name)
    else globalThis[place].setItem(name, value)
  } catch {
    // Refused, or full: what it is about goes on without.
  }
}
