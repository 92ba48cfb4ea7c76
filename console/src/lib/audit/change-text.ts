// Changed fields of an audit event, short enough for a row.
import type { AuditEvent } from '@latchkey/sdk'
import { formatDate } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { fieldName } from './field-name.ts'

type Change = AuditEvent['changes'][number]

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** Whether a recorded value is a time, such as "2026-11-22T19:26:05.000Z". */
export function isInstant(text: string): boolean {
  return instant.test(text)
}

/** "Enabled: true → false"; of a secret, a list or an object its name alone: "Models · Allowed". */
export function changeText({ path, before, after, redacted }: Change): string {
  const name = fieldName(path) ?? path
  const values = [before, after].map(short)
  return redacted || values.includes(undefined) ? name : m.audit_change({ name, values: values.join(' → ') })
}

/** Undefined: not short. */
function short(value: unknown): string | undefined {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string') return isInstant(value) ? formatDate(value) : value
  return typeof value === 'object' ? undefined : String(value)
}
