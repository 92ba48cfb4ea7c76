// /export/{logs,usage,audit}.{csv,jsonl,parquet}: rows as they are read, in constant memory, however many there are.
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { noteExport } from '../../services/audit/note-export.ts'
import type { ControlPlane } from '../../services/control-plane.ts'
import { readWhole } from '../parameters.ts'
import { type RestCall, SENT } from '../rest-call.ts'
import { csvOf } from './csv.ts'
import type { ExportTable } from './export-column.ts'
import { ROWS_MAX, readFlag } from './export-parameters.ts'
import { EXPORTS, type ExportName } from './exports.ts'
import { jsonlOf } from './jsonl.ts'

/** By format. */
export const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const
type Format = keyof typeof CONTENT_TYPES

// Each takes turns with the others on the thread that reads the database.
const AT_ONCE_MAX = 4
// A client that reads nothing for so long has left.
const IDLE_MS = 120_000
/** At the end of a response: how many rows it had, and the cursor of the last. */
const TRAILERS = ['x-latchkey-rows', 'x-latchkey-after'] as const

// Exports that run, of each control plane of the process.
const running = new WeakMap<ControlPlane, number>()

/** GET /export/logs.{csv,jsonl,parquet}: the request logs that match, oldest first; never content. */
export function exportLogs(call: RestCall): Promise<unknown> {
  return serveExport(call, 'logs')
}

/** GET /export/usage.{csv,jsonl,parquet}?from=…: what each key used of each model in each period. */
export function exportUsage(call: RestCall): Promise<unknown> {
  return serveExport(call, 'usage')
}

/** GET /export/audit.{csv,jsonl,parquet}: the audit events that match, oldest first. */
export function exportAudit(call: RestCall): Promise<unknown> {
  return serveExport(call, 'audit')
}

async function serveExport(call: RestCall, name: ExportName): Promise<typeof SENT> {
  const { plane, actor, query, request, response, keyId: format } = call
  if (!isFormat(format)) {
    throw new AdminError(
      'NOT_FOUND',
      `There is no such export. Ask for /export/${name} with .csv, .jsonl or .parquet.`,
    )
  }
  const source = EXPORTS[name]
  if (actor.owners !== null && !source.forRestricted) {
    throw new AdminError(
      'FORBIDDEN',
      'The audit trail is of all keys, and you are restricted to those of some owners.',
    )
  }
  const limit = readWhole(query, 'limit', { min: 1, max: ROWS_MAX, absent: ROWS_MAX })
  const bom = readFlag(query, 'bom') ?? false
  if (bom && format !== 'csv') throw badInput('bom', 'bom is for CSV alone.')
  const nowMs = plane.clock()
  const left = new AbortController()
  const opened = source.open(plane, actor, query, nowMs)
  const rows = opened.rows({ limit, signal: left.signal })
  const headers = {
    'content-type': CONTENT_TYPES[format],
    'content-disposition': `attachment; filename="${fileName(name, format, nowMs)}"`,
  }
  if (request.method === 'HEAD') {
    response.writeHead(200, headers).end()
    return SENT
  }
  const others = running.get(plane) ?? 0
  if (others >= AT_ONCE_MAX) {
    throw new AdminError('UNAVAILABLE', `At most ${AT_ONCE_MAX} exports run at once. Try again in 5 seconds.`)
  }
  running.set(plane, others + 1)
  response.once('close', () => left.abort())
  try {
    await noteExport(plane, actor, `export.${name}`, { format, ...Object.fromEntries(query) })
    response.setTimeout(IDLE_MS, () => response.destroy())
    const chunks = await begun(
      await encoded(opened.table, noteEnd(rows, opened.table, response), format, bom),
    )
    // Only a chunked body has trailers, which HTTP/1.0 does not know.
    const trailer = request.httpVersion === '1.0' ? {} : { trailer: TRAILERS.join(', ') }
    await pipeline(chunks, response.writeHead(200, { ...headers, ...trailer }))
  } catch (error) {
    // Where the client has left, nobody is there to be told.
    if (!left.signal.aborted) throw error
  } finally {
    running.set(plane, (running.get(plane) ?? 1) - 1)
  }
  return SENT
}

function isFormat(text: string): text is Format {
  return Object.hasOwn(CONTENT_TYPES, text)
}

/** Of characters alone that no shell and no file system treats specially. */
function fileName(name: ExportName, format: Format, nowMs: number): string {
  return `latchkey-${name}-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '')}Z.${format}`
}

async function encoded<Row>(
  { columns }: ExportTable<Row>,
  rows: AsyncIterable<Row[]>,
  format: Format,
  bom: boolean,
): Promise<AsyncIterable<string | Uint8Array>> {
  switch (format) {
    case 'csv':
      return csvOf(columns, rows, { bom })
    case 'jsonl':
      return jsonlOf(columns, rows)
    case 'parquet': {
      // Most servers never write one.
      const { parquetOf } = await import('./parquet.ts')
      return parquetOf(columns, rows)
    }
  }
}

/** The same chunks, once the first has been read: what fails before it is an error response. */
async function begun<Chunk>(chunks: AsyncIterable<Chunk>): Promise<AsyncIterable<Chunk>> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      for (let step = first; step.done !== true; step = await iterator.next()) yield step.value
    } finally {
      await iterator.return?.()
    }
  })()
}

/** Passes rows on, and sets the trailers at their end. */
async function* noteEnd<Row>(
  batches: AsyncIterable<Row[]>,
  { cursorOf }: ExportTable<Row>,
  response: ServerResponse,
): AsyncGenerator<Row[], void, void> {
  let count = 0
  let last = ''
  for await (const rows of batches) {
    count += rows.length
    const row = rows.at(-1)
    if (row !== undefined) last = cursorOf(row)
    yield rows
  }
  const [rowsTrailer, afterTrailer] = TRAILERS
  // A model's name may have what no header may.
  response.addTrailers([
    [rowsTrailer, String(count)],
    [afterTrailer, encodeURIComponent(last)],
  ])
}
