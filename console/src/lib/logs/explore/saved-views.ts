// The saved views of the request logs, which this browser keeps.

/** `search` is the part of the URL behind its question mark. */
export type SavedView = { name: string; search: string }

const storageKey = 'latchkey.views.logs'
const most = 50

export function readViews(): readonly SavedView[] {
  try {
    const stored: unknown = JSON.parse(globalThis.localStorage?.getItem(storageKey) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isView).slice(0, most) : []
  } catch {
    return []
  }
}

export function writeViews(views: readonly SavedView[]): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(views.slice(-most)))
  } catch {
    // A browser that stores nothing forgets them with the page.
  }
}

function isView(value: unknown): value is SavedView {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'search' in value &&
    typeof value.name === 'string' &&
    typeof value.search === 'string'
  )
}
