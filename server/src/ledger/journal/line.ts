// What the lines of a journal say. A letter, then JSON: `H` heads a segment, `O` opens a call, `C` closes one.
import type { CallRecord } from '../../domain/call-record.ts'
import { isCallRecord, isOpenedCall, type OpenedCall } from './record-shape.ts'

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
  return `O${JSON.stringify(call)}`
}

export function closeLine(record: CallRecord): string {
  return `C${JSON.stringify(record)}`
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
    case 'O':
      return isOpenedCall(value) ? { kind: 'open', call: value } : null
    case 'C':
      return isCallRecord(value)
        ? { kind: 'close', record: Object.assign(value, { closeCode: value.closeCode ?? null }) }
        : null
    default:
      return null
  }
}
