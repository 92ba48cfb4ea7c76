// What the lines of a journal say. A letter, then JSON: `H` heads a segment, `O` opens a call, `C` closes one
// (and `B` keeps its content: content-line.ts).
import type { CallRecord } from '../../domain/call-record.ts'
import {
  CLOSED_NAMES,
  CLOSED_UNKNOWN,
  isCallRecord,
  isOpenedCall,
  OPENED_NAMES,
  OPENED_UNKNOWN,
  type OpenedCall,
} from './record-shape.ts'

export type { OpenedCall }

/** The version of these lines; a reader leaves segments of another one alone. */
export const JOURNAL_VERSION = 1

export type JournalLine =
  | { kind: 'head'; version: number; boot: string }
  | { kind: 'open'; call: OpenedCall }
  | { kind: 'close'; record: CallRecord }

export function headLine(boot: string): string {
  return `H${JSON.stringify({ version: JOURNAL_VERSION, boot })}`
}

export function openLine(call: OpenedCall): string {
  return `O{"id":"${call.id}"${members(call, OPENED_NAMES)}}`
}

export function closeLine(record: CallRecord): string {
  return `C{"id":"${record.id}"${members(record, CLOSED_NAMES)}}`
}

/** What is known; of what is not, a line says nothing, and most of a call's line would be that. */
function members<Record>(record: Record, names: readonly (keyof Record & string)[]): string {
  let text = ''
  for (const name of names) {
    const value = record[name]
    if (value === null) continue
    text += `,"${name}":${typeof value === 'string' ? JSON.stringify(value) : value}`
  }
  return text
}

/** What an opening line says of its call, read again from where it was kept; null where it is none. */
export function parseOpened(json: string): OpenedCall | null {
  const line = parseLine(`O${json}`)
  return line?.kind === 'open' ? line.call : null
}

/** Reads a payload; null where it is no line of ours, or holds a record that no database would take. */
export function parseLine(payload: string): JournalLine | null {
  let value: unknown
  try {
    value = JSON.parse(payload.slice(1))
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  switch (payload[0]) {
    case 'H': {
      const { version, boot } = value as { version?: unknown; boot?: unknown }
      return typeof version === 'number' && typeof boot === 'string' ? { kind: 'head', version, boot } : null
    }
    case 'O': {
      const call = { ...OPENED_UNKNOWN, ...value }
      return isOpenedCall(call) ? { kind: 'open', call } : null
    }
    case 'C': {
      const record = { ...CLOSED_UNKNOWN, ...value }
      return isCallRecord(record) ? { kind: 'close', record } : null
    }
    default:
      return null
  }
}
