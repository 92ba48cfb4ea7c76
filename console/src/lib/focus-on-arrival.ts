/** Attached to the first field of a screen that is there to be filled in: typing can start at once. */
export function focusOnArrival(element: HTMLElement): void {
  element.focus()
}
