// Keyboard shortcuts of the screen that is open. Single letters can be switched off (WCAG 2.1.4), and none is heard while somebody types.
import { SvelteMap } from 'svelte/reactivity'
import { keepValue, keptValue } from '#lib/preferences/kept-value.ts'

export type Shortcut = {
  /** As `KeyboardEvent.key`: 'j', 'Enter', '/'; two keys in a row as 'g k'. */
  keys: string
  /** What it does, for the map that `?` opens. */
  text: string
  run: (event: KeyboardEvent) => void
}

const storageKey = 'latchkey.shortcuts'
const sequenceMs = 1000

const registered = new SvelteMap<symbol, { layer: number; shortcuts: readonly Shortcut[] }>()
let enabled = $state(keptValue(storageKey) !== 'off')
let prefix = { key: '', at: 0 }

/**
 * Registers shortcuts for as long as the component is mounted. Call it while a component initialises.
 *
 * @param layer what lies over the page, such as a side panel, has a higher one, and its shortcuts win.
 */
export function useShortcuts(shortcuts: () => readonly Shortcut[], layer = 0): void {
  $effect(() => {
    const id = Symbol('shortcuts')
    registered.set(id, { layer, shortcuts: shortcuts() })
    return () => void registered.delete(id)
  })
}

/** Every shortcut that can be used now; where two claim the same keys, that of the upper layer. */
export function currentShortcuts(): Shortcut[] {
  const byKeys = new Map<string, Shortcut>()
  const layers = [...registered.values()].toSorted((a, b) => a.layer - b.layer)
  for (const { shortcuts } of layers) for (const each of shortcuts) byKeys.set(each.keys, each)
  return [...byKeys.values()]
}

/** Whether single letters do something. */
export function shortcutsEnabled(): boolean {
  return enabled
}

/** Switches single letters on or off, and remembers it. */
export function enableShortcuts(on: boolean): void {
  enabled = on
  keepValue(storageKey, on ? 'on' : 'off')
}

/** Runs the shortcut of a key press, if there is one. The console's layout listens once, for all. */
export function dispatchShortcut(event: KeyboardEvent): void {
  if (!enabled || event.defaultPrevented || event.isComposing) return
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || isUnderDialog(event.target))
    return
  const sequence = Date.now() - prefix.at < sequenceMs ? `${prefix.key} ${event.key}` : ''
  const all = currentShortcuts()
  const found = all.find(({ keys }) => keys === sequence) ?? all.find(({ keys }) => keys === event.key)
  prefix = { key: event.key, at: Date.now() }
  if (!found) return
  event.preventDefault()
  found.run(event)
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    target.matches('input:not([type="checkbox"], [type="radio"]), textarea, select')
  )
}

/** A modal dialog has the keyboard to itself. */
function isUnderDialog(target: EventTarget | null): boolean {
  if (target instanceof Element && target.closest('[role="menu"], [role="listbox"]')) return true
  return document.querySelector('[aria-modal="true"]') !== null
}
