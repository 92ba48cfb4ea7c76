// A worker: one of several processes that serve the gateway. Builds the data plane from what the owner sends, and relays every
// other request to the owner.
import { pino } from 'pino'
import { linkToOwner } from '../cluster/owner-link.ts'
import type { WorkerSetup } from '../cluster/protocol.ts'
import { createRelay } from '../cluster/relay.ts'
import { EXIT } from '../domain/start-error.ts'
import { abortInFlightCalls } from '../gateway/call/in-flight-calls.ts'
import { createLiveRoutes, type LiveRoutes } from '../gateway/routing/live-route-table.ts'
import { type CallLog, openCallLog } from '../ledger/journal/call-log.ts'
import { createDataPlane, type DataPlane } from './data-plane.ts'
import { logLedgerProblem, reportLostLines } from './ledger-options.ts'
import { collectGarbage } from './start/collect-garbage.ts'

/** Serves in this process, which exits when the owner requests it, or has exited itself. Resolves once it listens. */
export async function runWorker(): Promise<void> {
  const log = pino({ name: 'latchkey' }, pino.destination({ dest: 2, sync: true }))
  let parts: Parts | null = null
  const link = linkToOwner({
    journal: () => parts?.calls.state() ?? null,
    forgetKey: (hashesHex) => parts?.dataPlane.gateway.keys.forget(hashesHex),
    abortInFlightCalls: async (keyIds, reason) =>
      parts === null ? 0 : abortInFlightCalls(parts.dataPlane.gateway.inFlight, keyIds, reason),
    noteFailedAuthentication: (clientIp) => parts?.dataPlane.gateway.authentication.noteElsewhere(clientIp),
    statuses: () => parts?.dataPlane.gateway.health.statuses() ?? [],
    replaceModels: (managed) => parts?.routes.replace(managed),
    stop(graceMs, lingerMs) {
      const stopped = parts === null ? Promise.resolve(0) : stop(parts, graceMs, lingerMs)
      stopped.then(
        (lostLines) => {
          reportLostLines(log, lostLines)
          process.exit(lostLines > 0 ? EXIT.lost : 0)
        },
        (error) => {
          log.error({ err: error }, 'stopping failed')
          process.exit(1)
        },
      )
    },
  })
  const setup = await link.setup()
  try {
    parts = build(setup)
    collectGarbage()
    await parts.listener.listen(setup.host, setup.port)
    link.listening()
  } catch (error) {
    await link.startFailed((error as Error).message)
    process.exit(1)
  }

  function build(given: WorkerSetup): Parts {
    const calls = openCallLog({
      folder: given.journalFolder,
      runId: given.runId,
      onWritten: link.noteJournal,
      onRecord: (_record, line) => link.noteRecord(line),
      onProblem: (message) => {
        logLedgerProblem(log, 'journal', message)
        link.noteJournal()
      },
    })
    const routes = createLiveRoutes(given.upstreams, given.defaultModel, given.managed)
    const dataPlane = createDataPlane({
      ...given,
      routes,
      clock: Date.now,
      log,
      findKey: link.findKey,
      ownKeys: link.ownKeys,
      rules: link.rules,
      objects: link.objects,
      clientSecrets: link.clientSecrets,
      tellFailedAuthentication: link.tellFailedAuthentication,
      calls,
    })
    const relay = createRelay(given.ownerSocket, dataPlane.gateway.addresses)
    const listener = dataPlane.createListener(relay.handle)
    return { calls, routes, dataPlane, listener, closeRelay: relay.close }
  }
}

type Parts = {
  calls: CallLog
  routes: LiveRoutes
  dataPlane: DataPlane
  listener: ReturnType<DataPlane['createListener']>
  closeRelay(): void
}

async function stop(
  { calls, dataPlane, listener, closeRelay }: Parts,
  graceMs: number,
  lingerMs: number,
): Promise<number> {
  const untilMs = performance.now() + graceMs
  await listener.stop(graceMs, lingerMs)
  await dataPlane.close()
  closeRelay()
  return calls.close(Math.max(0, untilMs - performance.now()))
}
