// What Prometheus reads. Names, units and suffixes: https://prometheus.io/docs/practices/naming/. No label holds a key, an
// id, a model that anybody can invent, or text from outside.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CallRecord } from '../domain/call-record.ts'
import type { LedgerView } from '../ledger/ledger.ts'

export type Metrics = {
  /** Answers `GET /metrics`; false for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Shows how many processes serve the gateway, where it is not this one. */
  watchWorkers(read: () => { serving: number; replaced: number }): void
}

// OpenTelemetry's advice for durations of generative AI calls: 0.01 s, doubling.
const SECONDS = Array.from({ length: 14 }, (_, n) => 0.01 * 2 ** n)

/** `mayRead` says whether a request comes from an admin; anyone else is refused. Counting begins now. */
export function createMetrics(
  ledger: LedgerView,
  version: string,
  mayRead: (request: IncomingMessage) => Promise<boolean>,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'latchkey_build_info',
    help: 'Always 1; the version is its label.',
    labelNames: ['version'],
    registers: [registry],
  })
    .labels(version)
    .set(1)
  watchLedger(registry, ledger)
  const calls = new Counter({
    name: 'latchkey_calls_total',
    help: 'Calls that have ended, by outcome.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'latchkey_call_duration_seconds',
    help: 'From accepting a call to its last byte, by outcome.',
    labelNames: ['outcome'] as const,
    buckets: SECONDS,
    registers: [registry],
  })
  ledger.onRecord(({ outcome, durationMs }: CallRecord) => {
    calls.labels(outcome).inc()
    durations.labels(outcome).observe(durationMs / 1_000)
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!(await mayRead(request))) {
      response.writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'text/plain; charset=utf-8' })
      response.end('Send an admin token: Authorization: Bearer …\n')
      return
    }
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
    response.end(text)
  }

  return {
    handle(request, response) {
      if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') return false
      answer(request, response).catch(() => response.destroy())
      return true
    },
    watchWorkers: (read) => watchWorkers(registry, read),
  }
}

function watchWorkers(registry: Registry, read: () => { serving: number; replaced: number }): void {
  new Gauge({
    name: 'latchkey_workers',
    help: 'Processes that serve the gateway.',
    registers: [registry],
    collect() {
      this.set(read().serving)
    },
  })
  new Counter({
    name: 'latchkey_workers_replaced_total',
    help: 'Processes that served the gateway and died.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read().replaced)
    },
  })
}

/** The ledger's state, read when it is asked for. */
function watchLedger(registry: Registry, ledger: LedgerView): void {
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge('latchkey_journal_writable', '1 while the disk takes the journal, 0 while it refuses.', () =>
    Number(ledger.state().journalWritable),
  )
  gauge(
    'latchkey_journal_held_bytes',
    'Lines that wait in memory because the disk refuses them.',
    () => ledger.state().heldBytes,
  )
  gauge(
    'latchkey_journal_lost_lines',
    'Lines lost since the start because memory was full too.',
    () => ledger.state().lostLines,
  )
  gauge(
    'latchkey_journal_lag_bytes',
    'Bytes of the journal that are not in the database yet.',
    () => ledger.state().lagBytes,
  )
  gauge(
    'latchkey_journal_quarantined',
    'Stretches of the journal that could not be read, since the start.',
    () => ledger.state().quarantined,
  )
  gauge('latchkey_ingestion_failing', '1 while the database does not take what the journal holds.', () =>
    Number(ledger.state().ingestError !== null),
  )
}
