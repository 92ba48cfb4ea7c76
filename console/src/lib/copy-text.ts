// Copying, also where the browser has no clipboard API: that exists on https and localhost only, not on a LAN address.

/** True when the text is on the clipboard. */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (!navigator.clipboard) return copyBySelection(text)
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** Selects an element's text, so that a press of ⌘C or Ctrl+C finishes what the button could not. */
export function selectText(element: Element): void {
  getSelection()?.selectAllChildren(element)
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'fixed opacity-0'
  // Inside the open dialog, if any: its focus trap takes the focus back from anywhere else.
  const home = focused?.closest('[role="dialog"]') ?? document.body
  home.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return copied
}
