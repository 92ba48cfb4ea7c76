// The changes of an audit event as the database has them, read back.
import { isObject } from '../is-object.ts'
import type { FieldChange, FieldValue } from './audit-event.ts'

/** The changes in a stored text; none where it is null, or is not what any version has written. */
export function storedChanges(text: string | null): FieldChange[] {
  if (text === null) return []
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return []
  }
  return Array.isArray(parsed) ? parsed.flatMap(changeFrom) : []
}

function changeFrom(value: unknown): FieldChange[] {
  if (!isObject(value) || typeof value.path !== 'string') return []
  const { path, before = null, after = null, redacted } = value
  if (!isFieldValue(before) || !isFieldValue(after)) return []
  return [{ path, before, after, ...(redacted === true && { redacted }) }]
}

function isFieldValue(value: unknown): value is FieldValue {
  return Array.isArray(value) ? value.every(isScalar) : value === null || isScalar(value)
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
