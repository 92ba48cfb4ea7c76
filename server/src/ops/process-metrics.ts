// Node's own metrics, without the faults that the library's have for Prometheus.
import { Counter, collectDefaultMetrics, type Registry } from 'prom-client'

// Gauges with the suffix of counters; the library has each by its kind, too, without the suffix.
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
]

/** Adds them to a registry. Processor time counts from the start of the process: the library's, from its own loading. */
export function watchProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const seconds = (name: string, help: string, microseconds: (usage: NodeJS.CpuUsage) => number) => {
    registry.removeSingleMetric(name)
    growing(registry, name, help, () => microseconds(process.cpuUsage()) / 1e6)
  }
  seconds('process_cpu_user_seconds_total', 'User processor time of the process.', ({ user }) => user)
  seconds('process_cpu_system_seconds_total', 'System processor time of the process.', ({ system }) => system)
  seconds(
    'process_cpu_seconds_total',
    'User and system processor time of the process.',
    ({ user, system }) => user + system,
  )
}

/** Adds a counter whose value is read at each scrape: what has come together since the start of the process. */
export function growing(registry: Registry, name: string, help: string, read: () => number): void {
  growingByLabels(registry, name, help, [], () => [[{}, read()]])
}

/** The same for a counter with labels: `read` gives a value for each set of them. */
export function growingByLabels(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: () => [Record<string, string>, number][],
): void {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset()
      for (const [labels, value] of read()) this.inc(labels, value)
    },
  })
}
