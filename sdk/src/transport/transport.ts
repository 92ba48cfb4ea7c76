// Sends one operation: bounds its time, retries queries, and maps failures to our own errors.
import { ClientError, GraphQLClient } from 'graphql-request'
import { getSdk, type Sdk } from '../generated/operations.ts'
import { toApiError } from './api-error.ts'
import { LatchkeyError, StepUpRequiredError } from './errors.ts'
import { attempt, fetchWhole } from './fetch-whole.ts'
import { readCost } from './operation-cost.ts'
import type { CallOptions, ResolvedOptions } from './options.ts'
import { authentication, operationOf } from './post.ts'

/** Runs one generated operation; the callback must hand the signal on. */
export type Send = <T>(
  operation: (operations: Operations, signal: AbortSignal | undefined) => Promise<T>,
  options?: CallOptions,
) => Promise<T>

/** The generated operations that have one response; a subscription has many and is opened by `subscribe.ts`. */
type Operations = ReturnType<typeof getSdk<AbortSignal>>

/** Binds the generated operations to a server. Opens nothing until the first call. */
export function createTransport(options: ResolvedOptions): Send {
  const client = new GraphQLClient(options.endpoint, {
    // Else it parses each document to find its name; see without-parser.ts. The name is added below.
    excludeOperationName: true,
    jsonSerializer: { parse: JSON.parse, stringify: withOperationName },
    fetch: (input, init) => fetchWithSession(options, input, init ?? {}),
    credentials: authentication(options).credentials,
    // Read for every request: another tab may have signed in since.
    headers: () => authentication(options).headers,
  })
  const operationsOf = ({ idempotencyKey, maxRetries = options.maxRetries }: CallOptions): Sdk =>
    getSdk<AbortSignal>((document, variables, signal) => {
      const isQuery = operationOf(document).type === 'query'
      // A mutation whose response was lost may have happened. The server runs it once for each key of an admin token; of whom it
      // does not know, as at a sign-in, it keeps no key, so without a token a mutation is not retried.
      const mayRetry = isQuery || options.adminToken !== undefined || idempotencyKey !== undefined
      const key = isQuery ? undefined : (idempotencyKey ?? (mayRetry ? newIdempotencyKey() : undefined))
      return attempt(
        () => confirmed(options, () => sendOnce(client, options, document, variables, signal, key)),
        mayRetry ? maxRetries : 0,
        signal,
      )
    })
  const usual = operationsOf({})
  return (operation, call = {}) => operation(isUsual(call) ? usual : operationsOf(call), call.signal)
}

function isUsual({ idempotencyKey, maxRetries }: CallOptions): boolean {
  return idempotencyKey === undefined && maxRetries === undefined
}

/** 128 random bits; `crypto.randomUUID` is not there on pages without https. */
function newIdempotencyKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** @param body what graphql-request sends: `query` and `variables`. */
function withOperationName(body: { query?: unknown }): string {
  return JSON.stringify({ ...body, operationName: operationOf(String(body.query)).name })
}

/** Sends once more after the person has confirmed who he is: nothing was done before that. */
async function confirmed<Data>({ onStepUp }: ResolvedOptions, send: () => Promise<Data>): Promise<Data> {
  try {
    return await send()
  } catch (error) {
    if (onStepUp === undefined || !(error instanceof StepUpRequiredError)) throw error
    if (!(await onStepUp(error.means))) throw error
    return send()
  }
}

async function sendOnce<Data>(
  client: GraphQLClient,
  { onCost }: ResolvedOptions,
  query: string,
  variables: unknown,
  signal: AbortSignal | undefined,
  idempotencyKey: string | undefined,
): Promise<Data> {
  try {
    const { data, extensions } = await client.rawRequest<Data>({
      query,
      variables: (variables ?? {}) as Record<string, unknown>,
      ...(signal !== undefined && { signal }),
      ...(idempotencyKey !== undefined && { requestHeaders: { 'idempotency-key': idempotencyKey } }),
    })
    reportCost(onCost, query, extensions)
    return data
  } catch (thrown) {
    if (thrown instanceof LatchkeyError) throw thrown
    // A ClientError's message and fields hold every variable, secrets included: only status, code and text are kept.
    if (thrown instanceof ClientError) {
      const { status, headers, errors, extensions } = thrown.response
      reportCost(onCost, query, extensions)
      throw toApiError({ status, headers: headers instanceof Headers ? headers : new Headers(), errors })
    }
    // What remains is a response that could not be parsed. Its text may quote the body, so it is dropped.
    throw new LatchkeyError('The response was not GraphQL. Is the url that of a Latchkey server?')
  }
}

function reportCost(onCost: ResolvedOptions['onCost'], document: string, extensions: unknown): void {
  const cost = readCost(extensions)
  if (onCost !== undefined && cost !== undefined) onCost({ operation: operationOf(document).name, ...cost })
}

/** Fetches, and takes the session's secret where the response has one. */
async function fetchWithSession(
  options: ResolvedOptions,
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
): Promise<Response> {
  const response = await fetchWhole(options, input, init)
  options.session.take(response.headers)
  return response
}
