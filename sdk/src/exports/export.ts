// One export: its bytes, its rows, or a file.
import { ConnectionError, LatchkeyError } from '../transport/errors.ts'
import type { CallOptions, ResolvedOptions } from '../transport/options.ts'
import { isRetryable, retryDelayMs, wait } from '../transport/retry.ts'
import { streamBytes, writeWhole } from './stream-bytes.ts'

export type ExportFormat = 'csv' | 'jsonl' | 'parquet'
/** Decimals are strings, instants text of ISO 8601. */
export type ExportRow = Record<string, string | number | boolean | null>

/** `bom`: CSV begins with the mark by which Excel knows UTF-8. */
export type FormatOptions = { bom?: boolean | undefined }

/** Rows of the server, read as they are needed: `for await (const row of latchkey.exports.logs())`. */
export class Export implements AsyncIterable<ExportRow> {
  readonly #options: ResolvedOptions
  readonly #name: string
  readonly #query: Record<string, string>
  readonly #call: CallOptions

  constructor(options: ResolvedOptions, name: string, query: Record<string, string>, call: CallOptions = {}) {
    this.#options = options
    this.#name = name
    this.#query = query
    this.#call = call
  }

  /** The rows. An export that breaks off goes on after its last row, as often as a query is retried without a row in between. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ExportRow, void, undefined> {
    let after: string | undefined
    for (let attempt = 0; ; attempt++) {
      try {
        for await (const row of rowsOf(this.#open('jsonl', after === undefined ? {} : { after }))) {
          attempt = 0
          yield row
          after = String(row.x_Id ?? row.id)
        }
        return
      } catch (error) {
        if (this.#call.signal?.aborted) throw this.#call.signal.reason
        const delayMs =
          attempt < this.#options.maxRetries && isRetryable(error) ? retryDelayMs(attempt, error) : undefined
        if (delayMs === undefined) throw error
        await wait(delayMs, this.#call.signal)
      }
    }
  }

  /** The bytes of the export in a format. Throws a ConnectionError where they break off. */
  bytes(
    format: ExportFormat,
    { bom = false }: FormatOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#open(format, bom ? { bom: 'true' } : {})
  }

  /** Writes the export into a file, under Node or Bun: whole, or not at all. An existing file is replaced. */
  async toFile(
    path: string,
    format: ExportFormat = formatOf(path),
    options: FormatOptions = {},
  ): Promise<void> {
    await writeWhole(path, this.bytes(format, options))
  }

  #open(format: ExportFormat, more: Record<string, string>): AsyncGenerator<Uint8Array, void, undefined> {
    const query = new URLSearchParams({ ...this.#query, ...more })
    return streamBytes(this.#options, `/export/${this.#name}.${format}?${query}`, this.#call)
  }
}

async function* rowsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ExportRow, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as ExportRow
  }
  if (rest !== '') throw new ConnectionError('The export broke off.')
}

function formatOf(path: string): ExportFormat {
  const format = /\.(csv|jsonl|parquet)$/.exec(path)?.[1]
  if (format === undefined) throw new LatchkeyError('The path must end in .csv, .jsonl or .parquet.')
  return format as ExportFormat
}
