/** Attached to the first field of a screen that is there to be filled in: typing can start at once. */
export function focusOnArrival(element: HTMLElement): void {
  element.focus()
}

/** Attached to a field that has just been added with a proposed value: what is typed takes its place. */
export function selectOnArrival(element: HTMLInputElement): void {
  element.select()
  element.focus()
}
