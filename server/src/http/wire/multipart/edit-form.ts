// Gives a field of a form another value. Every other byte stays.
import type { Span } from '../json-scan.ts'
import type { FormField } from './form-scan.ts'

/** A place in a form, and what stands there instead. */
export type Edit = Span & { text: string }

/**
 * What changes where a field, whose name is `name`, gets this value, in the order of the places. A name without quotes gets quotes:
 * there are parsers that find no other.
 */
export function fieldEdits(name: string, field: FormField, value: string): Edit[] {
  const edits: Edit[] = []
  if (field.bareName !== null) edits.push({ ...field.bareName, text: `"${name}"` })
  if (value !== field.value) {
    edits.push({ ...field.place, text: value })
    if (field.length !== null) edits.push({ ...field.length, text: String(Buffer.byteLength(value)) })
  }
  return edits.sort((a, b) => a.start - b.start)
}

/** How many bytes longer the form is with these edits. */
export function addedBytes(edits: readonly Edit[]): number {
  return edits.reduce((sum, { start, end, text }) => sum + Buffer.byteLength(text) - (end - start), 0)
}
