// The bytes of a response of any length, as they come, and a file of them.
import { toApiError } from '../transport/api-error.ts'
import { ConnectionError, LatchkeyError, TimeoutError } from '../transport/errors.ts'
import { unreachable } from '../transport/fetch-whole.ts'
import type { CallOptions, ResolvedOptions } from '../transport/options.ts'
import { authentication } from '../transport/post.ts'

/**
 * GETs a path of the server, which begins with a slash. Throws a TimeoutError where nothing comes for the client's timeout, a
 * ConnectionError where the bytes break off, and an ApiError for an error response.
 */
export async function* streamBytes(
  options: ResolvedOptions,
  path: string,
  { signal }: CallOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { timeoutMs, fetch, endpoint } = options
  const url = `${endpoint.replace(/\/graphql$/, '')}${path}`
  const silence = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => silence.abort(), timeoutMs)
  }
  const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal])
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  try {
    heard()
    const response = await fetch(url, { ...authentication(options), signal: either })
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
    if (reader === undefined) throw unreachable(url, thrown)
    throw new ConnectionError('The response broke off.', { cause: thrown })
  } finally {
    clearTimeout(timer)
    await reader?.cancel().catch(() => undefined)
  }
}

/** Writes a file, under Node or Bun: whole, or not at all. An existing file is replaced. */
export async function writeWhole(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const { open, rename, rm } = await fileSystem()
  const part = `${path}.part`
  try {
    const file = await open(part, 'w', 0o600)
    try {
      for await (const chunk of bytes) await file.write(chunk)
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
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
