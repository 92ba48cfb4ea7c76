// One of several processes that serve the gateway: builds it from what the owner says, and passes everything else on.
import { pino } from 'pino'
import { linkToOwner } from '../cluster/owner-link.ts'
import type { WorkerSetup } from '../cluster/protocol.ts'
import { createRelay } from '../cluster/relay.ts'
import { createLaneHandler } from '../gateway/call/fast-lane-handler.ts'
import { createGatewayHandler } from '../gateway/call/gateway-handler.ts'
import { abortInFlightCalls } from '../gateway/call/in-flight-calls.ts'
import { createGateway } from '../gateway/create-gateway.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { createRealtime, type Realtime } from '../gateway/realtime/realtime.ts'
import { createLiveRoutes, type LiveRoutes } from '../gateway/routing/live-route-table.ts'
import { leanOverUndici } from '../http/client/h1/lean-client.ts'
import { undiciWhenNeeded } from '../http/client/lazy-undici-client.ts'
import { createListener, type Listener } from '../http/server/listener.ts'
import { type CallLog, openCallLog } from '../ledger/journal/call-log.ts'
import { logLedgerProblem } from './log-ledger-problem.ts'
import { routeRequests } from './request-router.ts'

/** Serves in this process, which ends when the owner says so, or is gone itself. Resolves once it listens. */
export async function runWorker(): Promise<void> {
  const log = pino({ name: 'latchkey' }, pino.destination({ dest: 2, sync: true }))
  let parts: Parts | null = null
  const link = linkToOwner({
    journal: () => parts?.calls.state() ?? null,
    forgetKey: (hashesHex) => parts?.gateway.keys.forget(hashesHex),
    abortInFlightCalls: async (keyId, reason) =>
      parts === null ? 0 : abortInFlightCalls(parts.gateway.inFlight, keyId, reason),
    statuses: () => parts?.gateway.health.statuses() ?? [],
    replaceModels: (managed) => parts?.routes.replace(managed),
    stop(graceMs) {
      const stopped = parts === null ? Promise.resolve() : stop(parts, graceMs)
      stopped.then(
        () => process.exit(0),
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
    const gateway = createGateway({
      ...given,
      routes,
      upstreamClient: given.fastLane ? leanOverUndici : undiciWhenNeeded,
      clock: Date.now,
      findKey: link.findKey,
      rules: link.rules,
      calls,
      onInternalError: (error, requestId) =>
        log.error({ err: error, requestId }, 'a call failed inside the gateway'),
    })
    const realtime = createRealtime(gateway, given.realtime)
    const relay = createRelay(given.ownerSocket, gateway.addresses)
    return {
      calls,
      routes,
      gateway,
      realtime,
      listener: createListener(
        routeRequests(createGatewayHandler(gateway), relay.handle),
        realtime,
        given.clientIdleMs,
        given.fastLane ? createLaneHandler(gateway) : null,
      ),
      closeRelay: relay.close,
    }
  }
}

type Parts = {
  calls: CallLog
  routes: LiveRoutes
  gateway: Gateway
  realtime: Realtime
  listener: Listener
  closeRelay(): void
}

async function stop(
  { calls, gateway, realtime, listener, closeRelay }: Parts,
  graceMs: number,
): Promise<void> {
  await Promise.all([listener.stop(graceMs), realtime.close(graceMs)])
  await gateway.client.close()
  await gateway.estimator.close()
  closeRelay()
  calls.close()
}
