// What this browser keeps from one visit to the next. One that is set to store nothing throws at any touch of its storage, and forgets
// with the page.

/** What is kept under a name, which begins with `latchkey.`; null: nothing. */
export function keptValue(name: string): string | null {
  try {
    return globalThis.localStorage?.getItem(name) ?? null
  } catch {
    return null
  }
}

/** Keeps a value under a name; null forgets it. */
export function keepValue(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
  } catch {
    // Refused, or full: what it is about goes on without.
  }
}
