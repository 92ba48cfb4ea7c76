// An audit event as a message of syslog (RFC 5424).
import type { StoredAuditEvent } from './audit-event-query.ts'
import { sinkEvent } from './sink-message.ts'

// "log audit" (RFC 5424 §6.2.1).
const FACILITY = 13
const NOTICE = 5
const WARNING = 4
// What receivers should take (RFC 5425 §4.3.1); beyond it the changes are left out.
const MAX_BYTES = 8_192

/** ASCII, without line breaks: what is outside of it is escaped in the JSON, so that no receiver has to guess an encoding. */
export function syslogMessage(event: StoredAuditEvent, hostname: string): string {
  const severity = /refused|failed/.test(event.action) ? WARNING : NOTICE
  const at = new Date(event.atMs).toISOString()
  const head = `<${FACILITY * 8 + severity}>1 ${at} ${token(hostname, 255)} latchkey - ${token(event.action, 32)} - `
  const said = sinkEvent(event)
  const whole = head + ascii(said)
  return whole.length <= MAX_BYTES ? whole : head + ascii({ ...said, changes: [], changesOmitted: true })
}

/** With its length before it, as a stream needs it (RFC 6587 §3.4.1). */
export function octetCounted(message: string): string {
  return `${message.length} ${message}`
}

function ascii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Printable ASCII without spaces; the nil value where nothing is left. */
function token(text: string, max: number): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, max) || '-'
}
