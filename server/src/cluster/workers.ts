// The owner's workers: processes that share the public port and serve the gateway. Replaces those that exit or hang, sends
// every change of a key or a route to all of them, and stops them in order.
//
// Connections are dealt to the workers in turn (SCHED_RR). If workers accepted from one socket, the one that is awake when
// many connections arrive at once would get nearly all of them, for as long as they last.
import cluster, { type Worker } from 'node:cluster'
import type { Logger } from 'pino'
import type { AbortReason } from '../domain/errors.ts'
import { EXIT, StartError } from '../domain/start-error.ts'
import type { CallRules } from '../gateway/gateway.ts'
import type { ManagedModels } from '../gateway/routing/route-snapshot.ts'
import { createPendingRequests, type PendingRequests, RequestTimeoutError } from '../rpc/rpc.ts'
import { type AdmissionServer, createAdmissionServer } from './admission-server.ts'
import type { ToOwner, ToWorker, WorkerReport, WorkerSetup } from './protocol.ts'
import { type RequestSources, replyToWorker, type WorkerRequest } from './worker-requests.ts'

// The delay before an exited worker is replaced doubles for each one that exits within EARLY_EXIT_MS of its start.
const REPLACE_FIRST_MS = 100
const REPLACE_MAX_MS = 5_000
const EARLY_EXIT_MS = 30_000
// A worker that has not confirmed a change by then hangs, and must not go on with what was before the change.
const CONFIRM_MAX_MS = 2_000
// A worker that has missed so many pings in a row hangs. Pings, not time: a machine that was suspended has missed only one.
const PING_EVERY_MS = 1_000
const PINGS_MISSED_MAX = 10
// How long the last messages of an exited worker are waited for.
const LAST_MESSAGES_MAX_MS = 1_000
// What a worker may need beyond the grace to flush its journal and exit.
const STOP_MARGIN_MS = 10_000

export type Workers = {
  /** Forks them; resolves once all listen, rejects where one cannot. */
  start(): Promise<void>
  /** Resolves once no worker has a key of these hashes in its directory; one that does not confirm is killed. Never rejects. */
  forgetKey(hashesHex: string[]): Promise<void>
  /**
   * Aborts the in-flight calls of these keys in every worker; resolves with how many once each has confirmed. One that does not
   * confirm is killed; its calls end with it, and are not in the number. Never rejects.
   */
  abortInFlightCalls(keyIds: readonly number[], reason: AbortReason): Promise<number>
  /** Resolves once every worker routes by these models; one that does not confirm is killed. Never rejects. */
  replaceModels(managed: ManagedModels): Promise<void>
  /** How many serve now, and how many were replaced since the start. */
  state(): { serving: number; replaced: number }
  /** Lets in-flight calls end within the grace, then kills; resolves once all workers have exited, with how many failed to: they have logged why. */
  stop(graceMs: number, lingerMs: number): Promise<number>
}

export type WorkersOptions = RequestSources & {
  count: number
  /** The module that a worker runs, with its one argument. */
  entry: { module: string; argument: string }
  /** Called for each worker that starts. */
  setup(): WorkerSetup
  /** Decides on the calls that workers send. */
  rules: CallRules
  onReport(runId: string, report: WorkerReport): void
  /** The process has exited, and its last report has been read. */
  onWorkerExit(runId: string): void
  log: Logger
}

type Member = {
  worker: Worker
  /** Null until the worker is ready to start. */
  runId: string | null
  startedMs: number
  listening: boolean
  /** It has looked up a key, so that one may be in its directory. */
  holdsKeys: boolean
  admission: AdmissionServer
  /** Changes that it has not confirmed yet; each response is how many calls it aborted. */
  changes: PendingRequests<number>
  missedPings: number
  exited: Promise<void>
}

/** The workers of this process; there can be one set in a process. Nothing is forked before `start`. */
export function createWorkers(options: WorkersOptions): Workers {
  const { log } = options
  const members = new Set<Member>()
  const createWorkerAdmission = createAdmissionServer(options.rules)
  const started = Promise.withResolvers<void>()
  let earlyExits = 0
  let replaced = 0
  let everListened = false
  let stopping = false
  let failedStops = 0
  let pinging: NodeJS.Timeout | undefined

  function fork(): void {
    const worker = cluster.fork()
    const exited = Promise.withResolvers<void>()
    const member: Member = {
      worker,
      runId: null,
      startedMs: performance.now(),
      listening: false,
      holdsKeys: false,
      admission: createWorkerAdmission(),
      changes: createPendingRequests(),
      missedPings: 0,
      exited: exited.promise,
    }
    members.add(member)
    const closeHandedOver = watchHandedOver(worker)
    worker.on('message', (message: ToOwner) => onMessage(member, message))
    worker.on('error', (error) => log.error({ err: error }, 'a message could not be sent to a worker'))
    worker.on('exit', (code, signal) => {
      closeHandedOver()
      // Messages that it sent before are still being read; that is waited for, with a bound.
      const end = () => {
        clearTimeout(late)
        worker.off('disconnect', end)
        onWorkerExit(member, code, signal)
        exited.resolve()
      }
      const late = setTimeout(end, worker.isConnected() ? LAST_MESSAGES_MAX_MS : 0)
      worker.once('disconnect', end)
    })
  }

  function onMessage(member: Member, message: ToOwner): void {
    switch (message.kind) {
      case 'ready': {
        const setup = options.setup()
        member.runId = setup.runId
        return send(member, { kind: 'start', setup })
      }
      case 'listening':
        member.listening = true
        if (serving() < options.count) return
        everListened = true
        return started.resolve()
      case 'start-failed':
        log.error({ problem: message.message }, 'a worker cannot start')
        return started.reject(new StartError(`A worker cannot start: ${message.message}`, EXIT.tryAgain))
      case 'find-key':
        member.holdsKeys = true
        return void reply(member, message)
      case 'admit':
      case 'charge-reservation':
      case 'explain':
      case 'objects':
      case 'own-key':
      case 'bind-secret':
      case 'find-secret':
        return void reply(member, message)
      case 'end-reservation':
        return member.admission.end(message.reservationId, message.actual)
      case 'failed-authentication':
        for (const other of members) if (other !== member && other.listening) send(other, message)
        return
      case 'confirm':
        return void member.changes.resolve(message.id, message.abortedCalls)
      case 'pong':
        member.missedPings = 0
        return
      case 'report':
        if (member.runId !== null && members.has(member)) options.onReport(member.runId, message)
        return
    }
  }

  async function reply(member: Member, message: WorkerRequest): Promise<void> {
    send(member, await replyToWorker(options, member.admission, message))
  }

  /** Ends what the worker had reserved, and forks another in its place. */
  function onWorkerExit(member: Member, code: number | null, signal: string | null): void {
    members.delete(member)
    member.changes.rejectAll(new Error('the worker has exited'))
    member.admission.endAll()
    if (member.runId !== null) options.onWorkerExit(member.runId)
    if (stopping && code !== 0) failedStops++
    if (stopping) return
    log.error({ pid: member.worker.process.pid, code, signal }, 'a worker has exited; it is replaced')
    // A failed start is reported by `started`, and not retried.
    if (!everListened)
      return started.reject(new StartError('A worker exited before it listened.', EXIT.tryAgain))
    earlyExits = performance.now() - member.startedMs < EARLY_EXIT_MS ? earlyExits + 1 : 0
    replaced++
    const delayMs = Math.min(REPLACE_MAX_MS, REPLACE_FIRST_MS * 2 ** Math.max(0, earlyExits - 1))
    setTimeout(() => {
      if (!stopping) fork()
    }, delayMs).unref()
  }

  function killHanging({ worker }: Member): void {
    log.error({ pid: worker.process.pid }, 'a worker does not respond; it is killed and replaced')
    worker.process.kill('SIGKILL')
  }

  function ping(): void {
    for (const member of members) {
      if (!member.listening) continue
      if (member.missedPings++ >= PINGS_MISSED_MAX) killHanging(member)
      else send(member, { kind: 'ping' })
    }
  }

  const workersThatHoldKeys = () => [...members].filter(({ holdsKeys }) => holdsKeys)

  const serving = () => [...members].filter(({ listening }) => listening).length

  /** Sends a change; resolves once the worker has confirmed it, with the calls that it aborted, or has exited, with 0. */
  async function change(member: Member, messageOf: (id: number) => ToWorker): Promise<number> {
    try {
      return await member.changes.request((id) => send(member, messageOf(id)), CONFIRM_MAX_MS)
    } catch (error) {
      if (error instanceof RequestTimeoutError) killHanging(member)
      await member.exited
      return 0
    }
  }

  return {
    start() {
      cluster.schedulingPolicy = cluster.SCHED_RR
      const { module, argument } = options.entry
      cluster.setupPrimary({ exec: module, args: [argument], serialization: 'advanced' })
      for (let n = 0; n < options.count; n++) fork()
      pinging = setInterval(ping, PING_EVERY_MS).unref()
      return started.promise
    },
    async forgetKey(hashesHex) {
      await Promise.all(
        workersThatHoldKeys().map((member) =>
          change(member, (id) => ({ kind: 'forget-key', id, hashesHex })),
        ),
      )
    },
    async abortInFlightCalls(keyIds, reason) {
      const counts = await Promise.all(
        workersThatHoldKeys().map((member) =>
          change(member, (id) => ({ kind: 'abort-calls', id, keyIds, reason })),
        ),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async replaceModels(managed) {
      // One that has not got its setup yet will find these models in it.
      const setUp = [...members].filter(({ runId }) => runId !== null)
      await Promise.all(
        setUp.map((member) => change(member, (id) => ({ kind: 'replace-models', id, managed }))),
      )
    },
    state: () => ({ serving: serving(), replaced }),
    async stop(graceMs, lingerMs) {
      stopping = true
      clearInterval(pinging)
      const all = [...members]
      for (const member of all) send(member, { kind: 'stop', graceMs, lingerMs })
      const late = setTimeout(() => {
        for (const { worker } of all) worker.process.kill('SIGKILL')
      }, graceMs + STOP_MARGIN_MS)
      await Promise.all(all.map(({ exited }) => exited))
      clearTimeout(late)
      return failedStops
    },
  }
}

/** A message to a worker that is no longer connected is dropped: its exit is about to be seen. */
function send({ worker }: Member, message: ToWorker): void {
  if (worker.isConnected()) worker.process.send(message, undefined, undefined, () => undefined)
}

/**
 * Node hands a worker one connection at a time, and forgets the one that was being handed over when the worker exited: no
 * process serves it, and none closes it. Returns the function that closes it.
 */
function watchHandedOver({ process: child }: Worker): () => void {
  let handed: { close(): void } | null = null
  const { send } = child
  child.send = (...sent: unknown[]) => {
    const [, handle] = sent
    if (typeof handle === 'object' && handle !== null && 'close' in handle) handed = handle as typeof handed
    return Reflect.apply(send, child, sent)
  }
  // A connection that the worker took is already closed in this process; closing it again does nothing.
  return () => handed?.close()
}
