// Sends one operation: bounds its time, retries queries, and maps failures to our own errors.
import { ClientError, GraphQLClient } from 'graphql-request'
import { getSdk, type Sdk } from '../generated/operations.ts'
import { toApiError } from './api-error.ts'
import { LatchkeyError, StepUpRequiredError } from './errors.ts'
import { attempt, fetchWhole } from './fetch-whole.ts'
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
    // For every request anew: another tab may have signed in since.
    headers: () => authentication(options).headers,
  })
  const operations: Sdk = getSdk<AbortSignal>((document, variables, signal) =>
    attempt(
      () => confirmed(options, () => sendOnce(client, document, variables, signal)),
      // A mutation whose response was lost may have happened, so it is never retried.
      operationOf(document).type === 'query' ? options.maxRetries : 0,
      signal,
    ),
  )
  return (operation, { signal } = {}) => operation(operations, signal)
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
  query: string,
  variables: unknown,
  signal: AbortSignal | undefined,
): Promise<Data> {
  try {
    const { data } = await client.rawRequest<Data>({
      query,
      variables: (variables ?? {}) as Record<string, unknown>,
      ...(signal !== undefined && { signal }),
    })
    return data
  } catch (thrown) {
    if (thrown instanceof LatchkeyError) throw thrown
    // A ClientError's message and fields hold every variable, secrets included: only status, code and text are kept.
    if (thrown instanceof ClientError) {
      const { status, headers, errors } = thrown.response
      throw toApiError({ status, headers: headers instanceof Headers ? headers : new Headers(), errors })
    }
    // What remains is a response that could not be parsed. Its text may quote the body, so it is dropped.
    throw new LatchkeyError('The response was not GraphQL. Is the url that of a Latchkey server?')
  }
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
