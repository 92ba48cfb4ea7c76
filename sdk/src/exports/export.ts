// One export: its bytes, its rows, or a file.
import { toApiError } from '../transport/api-error.ts'
import { ConnectionError, LatchkeyError, TimeoutError } from '../transport/errors.ts'
import type { CallOptions, ResolvedOptions } from '../transport/options.ts'
import { authentication } from '../transport/post.ts'
import { isRetryable, retryDelayMs, wait } from '../transport/retry.ts'

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
    const { open, rename, rm } = await fileSystem()
    const part = `${path}.part`
    try {
      const file = await open(part, 'w', 0o600)
      try {
        for await (const chunk of this.bytes(format, options)) await file.write(chunk)
      } finally {
        await file.close()
      }
      await rename(part, path)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  async *#open(
    format: ExportFormat,
    more: Record<string, string>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { timeoutMs, fetch, endpoint } = this.#options
    const query = new URLSearchParams({ ...this.#query, ...more })
    const url = `${endpoint.replace(/\/graphql$/, '')}/export/${this.#name}.${format}?${query}`
    const silence = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), timeoutMs)
    }
    const { signal } = this.#call
    const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal])
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    try {
      heard()
      const response = await fetch(url, { ...authentication(this.#options), signal: either })
      if (!response.ok) throw await errorOf(response)
      if (response.body === null) return
      reader = response.body.getReader()
      for (;;) {
        heard()
        const { done, value } = await reader.read()
        if (done) return
        // However long the reader takes with it.
        clearTimeout(timer)
        yield value
      }
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason
      if (silence.signal.aborted) throw new TimeoutError(`Nothing came for ${timeoutMs} ms.`)
      if (thrown instanceof LatchkeyError) throw thrown
      throw new ConnectionError('The export broke off.', { cause: thrown })
    } finally {
      clearTimeout(timer)
      await reader?.cancel().catch(() => undefined)
    }
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

/** The error of a response, which REST writes as `{"error": {"code", "message", "param"}}`. */
async function errorOf(response: Response): Promise<Error> {
  const { status, headers } = response
  const { error } = parse(await response.text())
  const errors =
    error === undefined ? undefined : [{ message: error.message, extensions: { code: error.code } }]
  return toApiError({ status, headers, errors })
}

function parse(text: string): { error?: { code: string; message: string } } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } }
    return typeof error?.message === 'string'
      ? { error: { code: String(error.code), message: error.message } }
      : {}
  } catch {
    return {}
  }
}

function formatOf(path: string): ExportFormat {
  const format = /\.(csv|jsonl|parquet)$/.exec(path)?.[1]
  if (format === undefined) throw new LatchkeyError('The path must end in .csv, .jsonl or .parquet.')
  return format as ExportFormat
}

type FileSystem = {
  open(
    path: string,
    flags: string,
    mode: number,
  ): Promise<{ write(bytes: Uint8Array): Promise<unknown>; close(): Promise<void> }>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { force: boolean }): Promise<void>
}

/** By a name that no bundler for browsers looks up. */
async function fileSystem(): Promise<FileSystem> {
  const name = 'node:fs/promises'
  return (await import(/* @vite-ignore */ name)) as FileSystem
}
