// The metrics in Prometheus' library, created with the first scrape.
import { Gauge, Registry } from 'prom-client'
import type { LedgerView } from '../ledger/ledger.ts'
import { watchCalls } from './call-metrics.ts'
import type { CallTally } from './call-tally.ts'
import { growing, watchProcess } from './process-metrics.ts'
import { type WatchSources, watchInstallation } from './watch-metrics.ts'

export type MetricSources = {
  version: string
  ledger: LedgerView
  calls: CallTally
  /** How many processes serve the gateway; null where it is this one. */
  workers: (() => { serving: number; replaced: number }) | null
  watched: WatchSources
}

/** Every metric of docs/reference/metrics.md, read from its source when it is scraped. */
export function createRegistry({ version, ledger, calls, workers, watched }: MetricSources): Registry {
  const registry = new Registry()
  watchProcess(registry)
  new Gauge({
    name: 'latchkey_build_info',
    help: 'Always 1; the version is its label.',
    labelNames: ['version'],
    registers: [registry],
  })
    .labels(version)
    .set(1)
  watchLedger(registry, ledger)
  watchCalls(registry, calls)
  watchInstallation(registry, watched)
  if (workers !== null) watchWorkers(registry, workers)
  return registry
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
  growing(
    registry,
    'latchkey_workers_replaced_total',
    'Processes that served the gateway and died.',
    () => read().replaced,
  )
}

/** The ledger's state, read at each scrape. */
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
    'latchkey_journal_lag_bytes',
    'Bytes of the journal that are not in the database yet.',
    () => ledger.state().lagBytes,
  )
  gauge('latchkey_ingestion_failing', '1 while the database does not take what the journal holds.', () =>
    Number(ledger.state().ingestError !== null),
  )
  for (const { name, former, help, read } of JOURNAL_COUNTS) {
    growing(registry, name, help, () => read(ledger.state()))
    gauge(former, `Deprecated: read ${name}.`, () => read(ledger.state()))
  }
}

type LedgerState = ReturnType<LedgerView['state']>

/** What the journal has lost since the start; `former` is the name as a gauge, which is there for one version more. */
const JOURNAL_COUNTS: { name: string; former: string; help: string; read(state: LedgerState): number }[] = [
  {
    name: 'latchkey_journal_lost_lines_total',
    former: 'latchkey_journal_lost_lines',
    help: 'Lines lost because memory was full too.',
    read: ({ lostLines }) => lostLines,
  },
  {
    name: 'latchkey_journal_dropped_contents_total',
    former: 'latchkey_journal_dropped_contents',
    help: 'Calls whose captured content was not kept because the disk refused.',
    read: ({ droppedContents }) => droppedContents,
  },
  {
    name: 'latchkey_journal_quarantined_stretches_total',
    former: 'latchkey_journal_quarantined',
    help: 'Stretches of the journal that could not be read.',
    read: ({ quarantined }) => quarantined,
  },
]
