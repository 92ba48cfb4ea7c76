// The lines of a journal: a letter, then JSON. `H` heads a segment, `O` opens a call, `C` closes one, `B` holds its content
// (content-line.ts). A member that is null is omitted, as most are. domain/logs/columns.ts says which members each line has.
import type { CallRecord, OpenedCall } from '../../domain/logs/call-record.ts'
import { admittedMembers, closedMembers, openMembers } from './generated/record-to-json.ts'
import { closedCall, openedCall } from './record-shape.ts'

export type { OpenedCall } from '../../domain/logs/call-record.ts'

/**
 * The version of frames and lines. A change of either that an earlier program would misread gets the next number, and a fixture
 * in tests/fixtures/journal, which a test reads again.
 *
 * 1: CRC-32C, later CRC-32 under the same number. 2: CRC-32.
 */
export const JOURNAL_VERSION = 2

/** Whether segments of a version can be read; all others are put into quarantine, whole. */
export function isReadableVersion(version: number): boolean {
  return version >= 1 && version <= JOURNAL_VERSION
}

export type JournalLine =
  | { kind: 'head'; version: number; runId: string }
  | { kind: 'open'; call: OpenedCall }
  | { kind: 'close'; record: CallRecord }

/** The first line of a segment. */
export function headLine(runId: string): string {
  return `H${JSON.stringify({ version: JOURNAL_VERSION, boot: runId })}`
}

/** The opening line of a call; `beginning` is its `lineBeginning`, where that is known already. */
export function openLine(call: OpenedCall, beginning = lineBeginning(call)): string {
  return `O{${beginning}${openMembers(call)}}`
}

/** The closing line of a call. */
export function closeLine(record: CallRecord): string {
  return closeLineAfter(lineBeginning(record), record)
}

/** The closing line of a call whose opening line began with this. */
export function closeLineAfter(beginning: string, record: CallRecord): string {
  return `C{${beginning}${openMembers(record)}${closedMembers(record)}}`
}

/** The members of a call that do not change once it was admitted: both of its lines begin with them. */
export function lineBeginning(call: OpenedCall): string {
  return `"id":"${call.id}"${admittedMembers(call)}`
}

/** The open call in the JSON of an opening line, as the store keeps it; null where it is not valid. */
export function parseOpened(json: string): OpenedCall | null {
  const line = parseLine(`O${json}`)
  return line?.kind === 'open' ? line.call : null
}

/** Parses the payload of a frame; null where it is no such line, or holds a record that no database would take. */
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
      const { version, boot: runId } = value as { version?: unknown; boot?: unknown }
      return typeof version === 'number' && typeof runId === 'string'
        ? { kind: 'head', version, runId }
        : null
    }
    case 'O': {
      const call = openedCall(value)
      return call === null ? null : { kind: 'open', call }
    }
    case 'C': {
      const record = closedCall(value)
      return record === null ? null : { kind: 'close', record }
    }
    default:
      return null
  }
}
