// What the lines of a journal say. A letter, then JSON: `H` heads a segment, `O` opens a call, `C` closes one
// (and `B` keeps its content: content-line.ts).
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { closedCall, type OpenedCall, openedCall } from './record-shape.ts'

export type { OpenedCall }

/** The version of these lines; a reader leaves segments of another one alone. */
export const JOURNAL_VERSION = 1

export type JournalLine =
  | { kind: 'head'; version: number; runId: string }
  | { kind: 'open'; call: OpenedCall }
  | { kind: 'close'; record: CallRecord }

export function headLine(runId: string): string {
  return `H${JSON.stringify({ version: JOURNAL_VERSION, boot: runId })}`
}

export function openLine(call: OpenedCall, beginning = lineBeginning(call)): string {
  return `O{${beginning}${openedMembers(call)}}`
}

export function closeLine(record: CallRecord): string {
  return closeLineAfter(lineBeginning(record), record)
}

/** The closing line of a call whose opening line began with this. */
export function closeLineAfter(beginning: string, record: CallRecord): string {
  return `C{${beginning}${openedMembers(record)}${closedMembers(record)}}`
}

/** What no longer changes of a call that has been admitted: both of its lines begin with it. */
export function lineBeginning(call: OpenedCall): string {
  return (
    `"id":"${call.id}"` +
    plain(',"apiKeyId":', call.apiKeyId) +
    text(',"method":', call.method) +
    text(',"endpoint":', call.endpoint) +
    text(',"clientIp":', call.clientIp) +
    text(',"userAgent":', call.userAgent) +
    text(',"usedSecret":', call.usedSecret)
  )
}

// One member a line of code, and not a loop over names: two lines of each call are made of them, and an engine that sees every
// member by its name makes one in half the time. Of what is not known a line says nothing; most of it would be that.
function openedMembers(call: OpenedCall): string {
  return (
    plain(',"httpStatus":', call.httpStatus) +
    text(',"errorCode":', call.errorCode) +
    text(',"errorMessage":', call.errorMessage) +
    text(',"upstream":', call.upstream) +
    text(',"upstreamRequestId":', call.upstreamRequestId) +
    text(',"requestedModel":', call.requestedModel) +
    text(',"resolvedModel":', call.resolvedModel) +
    plain(',"streamed":', call.streamed) +
    text(',"finishReason":', call.finishReason) +
    text(',"usageSource":', call.usageSource) +
    plain(',"inputTokens":', call.inputTokens) +
    plain(',"outputTokens":', call.outputTokens) +
    plain(',"cachedInputTokens":', call.cachedInputTokens) +
    plain(',"reasoningTokens":', call.reasoningTokens) +
    plain(',"timeToFirstTokenMs":', call.timeToFirstTokenMs) +
    plain(',"requestBytes":', call.requestBytes) +
    plain(',"responseBytes":', call.responseBytes)
  )
}

function closedMembers(record: CallRecord): string {
  return (
    text(',"outcome":', record.outcome) +
    plain(',"durationMs":', record.durationMs) +
    plain(',"closeCode":', record.closeCode) +
    text(',"shadowDenials":', record.shadowDenials) +
    plain(',"costNanoUsd":', record.costNanoUsd) +
    text(',"receipt":', record.receipt) +
    text(',"attempts":', record.attempts)
  )
}

function plain(name: string, value: number | boolean | null): string {
  return value === null ? '' : name + value
}

// What JSON takes as it is; most texts of a call are.
const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

function text(name: string, value: string | null): string {
  if (value === null) return ''
  return NEEDS_NO_ESCAPE.test(value) ? `${name}"${value}"` : name + JSON.stringify(value)
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
