// What the lines of a journal say. A letter, then JSON: `H` heads a segment, `O` opens a call, `C` closes one.
import type { CallRecord } from '../../domain/call-record.ts'
import { requestIdBytes } from '../../domain/uuid.ts'

/** The version of these lines; a reader leaves segments of another one alone. */
export const JOURNAL_VERSION = 1

/** What is known of a call when it is admitted; what it lacks is what the end of a call tells. */
export type OpenedCall = Omit<CallRecord, 'outcome' | 'durationMs'>

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

/** Reads a payload; null where it is no line of ours. Its checksum has been proved, so its members are as written. */
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
      return hasId(value) ? { kind: 'open', call: value as OpenedCall } : null
    case 'C':
      return hasId(value) ? { kind: 'close', record: value as CallRecord } : null
    default:
      return null
  }
}

function hasId(value: object): boolean {
  const { id } = value as { id?: unknown }
  return typeof id === 'string' && requestIdBytes(id) !== null
}
