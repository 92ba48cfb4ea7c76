// The Prometheus endpoint. Names, units and suffixes: https://prometheus.io/docs/practices/naming/. No label is a key, an id, a
// model name that a client can invent, or text from outside.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { ADMIN_ERRORS, type AdminError, retryAfterOf } from '../domain/admin-errors.ts'
import type { LedgerView } from '../ledger/ledger.ts'
import { createCallTally } from './call-tally.ts'
import type { MetricSources } from './metrics-registry.ts'
import type { WatchSources } from './watch-metrics.ts'

export type Metrics = {
  /** Serves `GET /metrics` and `HEAD /metrics`; false for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Adds the metrics of workers, where this process is the owner. To be called before the first scrape. */
  watchWorkers(read: NonNullable<MetricSources['workers']>): void
}

/** `refusalOf` is null for a request that may read metrics; all others get the error. Counts calls from now on. */
export function createMetrics(
  ledger: LedgerView,
  version: string,
  watched: WatchSources,
  refusalOf: (request: IncomingMessage) => Promise<AdminError | null>,
): Metrics {
  const sources: MetricSources = { version, ledger, calls: createCallTally(), workers: null, watched }
  ledger.onRecord(sources.calls.count)
  let making: Promise<Registry> | null = null

  /** Prometheus' library is some 10 MB; without a scrape it is not loaded. */
  async function makeRegistry(): Promise<Registry> {
    const { createRegistry } = await import('./metrics-registry.ts')
    return createRegistry(sources)
  }

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = await refusalOf(request)
    if (refusal !== null) return refuse(response, refusal)
    making ??= makeRegistry()
    const registry = await making
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
    response.end(text)
  }

  return {
    handle(request, response) {
      const isReading = request.method === 'GET' || request.method === 'HEAD'
      if (!isReading || request.url?.split('?', 1)[0] !== '/metrics') return false
      reply(request, response).catch(() => response.destroy())
      return true
    },
    watchWorkers(read) {
      sources.workers = read
    },
  }
}

function refuse(response: ServerResponse, error: AdminError): void {
  const retryAfter = retryAfterOf(error)
  response.writeHead(ADMIN_ERRORS[error.code].status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    ...(error.code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfter !== null && { 'retry-after': retryAfter }),
  })
  response.end(`${error.message}\n`)
}
