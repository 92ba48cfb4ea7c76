// One GraphQL request over HTTP, and what its response says: for queries, mutations and streams alike.
import { toApiError } from './api-error.ts'
import { LatchkeyError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'

type GraphqlError = { message: string; extensions?: Record<string, unknown> }

/** The kind and the name of the operation that a document of one operation holds; the generator writes them first. */
export function operationOf(document: string): { type: string; name: string } {
  const [, type, name] = /^\s*(query|mutation|subscription)\s+(\w+)/.exec(document) ?? []
  if (type === undefined || name === undefined) throw new LatchkeyError('This document names no operation.')
  return { type, name }
}

/** How a request that is sent now authenticates, in the terms of `fetch`. */
export function authentication({ adminToken, session }: Pick<ResolvedOptions, 'adminToken' | 'session'>): {
  credentials: 'same-origin' | 'omit'
  headers: Record<string, string>
} {
  // Without a token the session authenticates, on the server's own pages only: its cookie and its secret.
  if (adminToken === undefined) return { credentials: 'same-origin', headers: session.headers() }
  return { credentials: 'omit', headers: { authorization: `Bearer ${adminToken}` } }
}

/** Sends an operation to the server's `/graphql`. Rejects with what `fetch` rejects with. */
export function post(
  options: ResolvedOptions,
  document: string,
  variables: unknown,
  accept: string,
  signal: AbortSignal,
): Promise<Response> {
  const { fetch, endpoint } = options
  const { credentials, headers } = authentication(options)
  return fetch(endpoint, {
    method: 'POST',
    credentials,
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify({ query: document, variables, operationName: operationOf(document).name }),
    signal,
  })
}

/**
 * The data of a response. Throws an ApiError for its first error or a status that is none of success, and a LatchkeyError
 * where a response of success is not GraphQL; no message quotes the body.
 */
export function dataOf<Data>({ status, headers }: Response, text: string): Data {
  const { data, errors } = parse(text)
  if (status < 400 && errors === undefined) {
    if (data != null) return data as Data
    throw new LatchkeyError('The response was not GraphQL. Is the url that of a Latchkey server?')
  }
  throw toApiError({ status, headers, errors })
}

function parse(text: string): { data?: unknown; errors?: readonly GraphqlError[] | undefined } {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null) return {}
    const { data, errors } = body as { data?: unknown; errors?: unknown }
    return { data, errors: Array.isArray(errors) ? errors : undefined }
  } catch {
    return {}
  }
}
