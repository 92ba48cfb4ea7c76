// Metrics of alerts, findings and the disk, read at each scrape.
import { Gauge, type Registry } from 'prom-client'
import type { DiskSpace } from '../domain/findings/disk-space.ts'
import type { FindingSeverity } from '../domain/findings/finding.ts'
import { growingByLabels } from './process-metrics.ts'

export type WatchSources = {
  /** Attempts to deliver alerts since the start of the process, by what came of them. */
  deliveries(): Record<'delivered' | 'retried' | 'failed', number>
  /** Those that are not dismissed; null where the database does not respond. */
  findings(): Promise<Record<FindingSeverity, number> | null>
  /** Null: not known. */
  diskSpace(): Promise<DiskSpace | null>
}

/** Adds them. A figure that cannot be read is left out of a scrape, and fails none. */
export function watchInstallation(registry: Registry, sources: WatchSources): void {
  growingByLabels(
    registry,
    'latchkey_alert_delivery_attempts_total',
    'Attempts to deliver alerts, by outcome: delivered, retried later, or failed for good.',
    ['outcome'],
    () => Object.entries(sources.deliveries()).map(([outcome, count]) => [{ outcome }, count]),
  )
  new Gauge({
    name: 'latchkey_findings',
    help: 'Findings that are not dismissed, by severity.',
    labelNames: ['severity'] as const,
    registers: [registry],
    async collect() {
      this.reset()
      const counts = await sources.findings()
      for (const [severity, count] of Object.entries(counts ?? {})) this.set({ severity }, count)
    },
  })
  new Gauge({
    name: 'latchkey_disk_free_bytes',
    help: 'Bytes that may still be written on the disk of the data directory.',
    registers: [registry],
    async collect() {
      this.reset()
      const space = await sources.diskSpace()
      if (space === null) this.remove()
      else this.set(space.freeBytes)
    },
  })
}
