// What Prometheus reads. Names, units and suffixes: https://prometheus.io/docs/practices/naming/. No label holds a key, an
// id, a model that anybody can invent, or text from outside.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import type { LedgerView } from '../ledger/ledger.ts'
import { createCallTally } from './call-tally.ts'
import type { MetricSources } from './metrics-registry.ts'

export type Metrics = {
  /** Answers `GET /metrics`; false for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Shows how many processes serve the gateway, where it is not this one. Before the first scrape. */
  watchWorkers(read: NonNullable<MetricSources['workers']>): void
}

/** `mayRead` says whether a request comes from an admin; anyone else is refused. Counting calls begins now. */
export function createMetrics(
  ledger: LedgerView,
  version: string,
  mayRead: (request: IncomingMessage) => Promise<boolean>,
): Metrics {
  const sources: MetricSources = { version, ledger, calls: createCallTally(), workers: null }
  ledger.onRecord(sources.calls.count)
  let making: Promise<Registry> | null = null

  /** Prometheus' library is some 10 MB that a gateway which nobody scrapes does without. */
  async function makeRegistry(): Promise<Registry> {
    const { createRegistry } = await import('./metrics-registry.ts')
    return createRegistry(sources)
  }

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!(await mayRead(request))) {
      response.writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'text/plain; charset=utf-8' })
      response.end('Send an admin token: Authorization: Bearer …\n')
      return
    }
    making ??= makeRegistry()
    const registry = await making
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
    response.end(text)
  }

  return {
    handle(request, response) {
      if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') return false
      reply(request, response).catch(() => response.destroy())
      return true
    },
    watchWorkers(read) {
      sources.workers = read
    },
  }
}
