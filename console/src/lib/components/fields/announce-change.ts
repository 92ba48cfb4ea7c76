/** Says of a field that its value is another, where that happens by no event of its own: Field.svelte takes back what was said of it. */
export function announceChange(field: Element | null | undefined): void {
  field?.dispatchEvent(new Event('change', { bubbles: true }))
}
