// The owner's workers: processes that share the public port and serve the gateway. Keeps their number, tells them of every
// key that changes, and stops them in order.
//
// Connections go to the workers in turns (SCHED_RR). If they took them from one socket, whichever is awake when many come at
// once would have nearly all of them, for as long as they last.
import cluster, { type Worker } from 'node:cluster'
import type { Logger } from 'pino'
import type { AbortReason } from '../domain/errors.ts'
import type { CallRules } from '../gateway/gateway.ts'
import type { ManagedModels } from '../gateway/routing/route-snapshot.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'
import { type AdmissionServer, createAdmissionServer } from './admission-server.ts'
import type { ToOwner, ToWorker, WorkerReport, WorkerSetup } from './protocol.ts'

// Before a worker that has died is replaced, doubling while they die young.
const REPLACE_FIRST_MS = 100
const REPLACE_MAX_MS = 5_000
const OLD_AGE_MS = 30_000
// A worker that has not said so by then that it knows of a change is stuck, and must not serve by what was before.
const CHANGE_MAX_MS = 2_000
// A worker that has answered none of so many pings in a row hangs. Pings and not time: a machine that slept has missed one.
const PING_EVERY_MS = 1_000
const PINGS_MISSED_MAX = 10
// How long what a worker has said may take to be read after its end.
const LAST_WORDS_MAX_MS = 1_000
// What a worker may need beyond the grace to write its journal and end.
const STOP_MARGIN_MS = 10_000

export type Workers = {
  /** Forks them; resolves once all listen, rejects where one cannot. */
  start(): Promise<void>
  /** Resolves once no worker serves a key by what it knew of these hashes; one that does not answer is killed. Never rejects. */
  forgetKey(hashesHex: string[]): Promise<void>
  /**
   * Ends the calls of a key that run anywhere; resolves with how many once every worker has done so. One that does not
   * answer is killed, and its calls with it, which are not in the number. Never rejects.
   */
  abortInFlightCalls(keyId: number, reason: AbortReason): Promise<number>
  /** Resolves once every worker routes by these models; one that does not answer is killed. Never rejects. */
  replaceModels(managed: ManagedModels): Promise<void>
  /** How many serve, and how many had to be replaced so far. */
  state(): { serving: number; replaced: number }
  /** Lets their calls end within the grace; resolves once all are gone. */
  stop(graceMs: number): Promise<void>
}

export type WorkersOptions = {
  count: number
  /** The module that a worker runs, with its one argument. */
  entry: { module: string; argument: string }
  /** For each worker its own. */
  setup(): WorkerSetup
  findKey(hash: Uint8Array<ArrayBuffer>): Promise<AdmittableKey | null>
  /** Judges the calls that workers ask about. */
  rules: CallRules
  onReport(runId: string, report: WorkerReport): void
  /** The process is gone, and nothing of it is still to come. */
  onEnded(runId: string): void
  log: Logger
}

type Member = {
  worker: Worker
  /** Null until it is ready to begin. */
  runId: string | null
  bornMs: number
  listening: boolean
  /** It has asked for a key, so that it may remember one. */
  holdsKeys: boolean
  rules: AdmissionServer
  /** What it has been told of and has not confirmed. */
  changes: Map<number, (calls: number) => void>
  unansweredPings: number
  exited: Promise<void>
}

/** Workers of this process, of which there can be one set at a time. Nothing is forked before `start`. */
export function createWorkers(options: WorkersOptions): Workers {
  const { log } = options
  const members = new Set<Member>()
  const rulesForWorker = createAdmissionServer(options.rules)
  const started = Promise.withResolvers<void>()
  let lastId = 0
  let youngDeaths = 0
  let replaced = 0
  let everListened = false
  let stopping = false
  let pinging: NodeJS.Timeout | undefined

  function fork(): void {
    const worker = cluster.fork()
    const exited = Promise.withResolvers<void>()
    const member: Member = {
      worker,
      runId: null,
      bornMs: performance.now(),
      listening: false,
      holdsKeys: false,
      rules: rulesForWorker(),
      changes: new Map(),
      unansweredPings: 0,
      exited: exited.promise,
    }
    members.add(member)
    const closeUntaken = watchHandovers(worker)
    worker.on('message', (message: ToOwner) => hear(member, message))
    worker.on('error', (error) => log.error({ err: error }, 'a worker cannot be reached'))
    worker.on('exit', (code, signal) => {
      closeUntaken()
      // What it has said before is still being read, and is not waited for without end.
      const end = () => {
        clearTimeout(late)
        worker.off('disconnect', end)
        bury(member, code, signal)
        exited.resolve()
      }
      const late = setTimeout(end, worker.isConnected() ? LAST_WORDS_MAX_MS : 0)
      worker.once('disconnect', end)
    })
  }

  function hear(member: Member, message: ToOwner): void {
    switch (message.kind) {
      case 'ready': {
        const setup = options.setup()
        member.runId = setup.runId
        return say(member, { kind: 'begin', setup })
      }
      case 'listening':
        member.listening = true
        if (serving() < options.count) return
        everListened = true
        return started.resolve()
      case 'failed':
        log.error({ problem: message.message }, 'a worker cannot begin')
        return started.reject(new Error(`A worker cannot begin: ${message.message}`))
      case 'find-key':
        member.holdsKeys = true
        return void response(member, message.id, message.hashHex)
      case 'admit':
        return void member.rules
          .admit(message.key, message.request)
          .then((decision) => say(member, { kind: 'decision', id: message.id, decision }))
      case 'end-hold':
        return member.rules.end(message.hold, message.actual)
      case 'explain':
        return void member.rules
          .explain(message.key, message.request)
          .then((verdicts) => say(member, { kind: 'verdicts', id: message.id, verdicts }))
      case 'forgotten':
      case 'replaced':
        return member.changes.get(message.id)?.(0)
      case 'cut':
        return member.changes.get(message.id)?.(message.calls)
      case 'alive':
        member.unansweredPings = 0
        return
      case 'report':
        if (member.runId !== null && members.has(member)) options.onReport(member.runId, message)
        return
    }
  }

  async function response(member: Member, id: number, hashHex: string): Promise<void> {
    const hash = Uint8Array.from(Buffer.from(hashHex, 'hex'))
    const key = await options.findKey(hash).catch(() => 'failed' as const)
    say(member, { kind: 'key', id, key })
  }

  /** After a worker's end: tells what was left of it, and replaces it. */
  function bury(member: Member, code: number | null, signal: string | null): void {
    members.delete(member)
    member.rules.endAll()
    if (member.runId !== null) options.onEnded(member.runId)
    if (stopping) return
    log.error({ pid: member.worker.process.pid, code, signal }, 'a worker has ended; another takes its place')
    // Whether it could not begin has been said; a start that has failed is not tried for ever.
    if (!everListened) return started.reject(new Error('A worker ended before it listened.'))
    youngDeaths = performance.now() - member.bornMs < OLD_AGE_MS ? youngDeaths + 1 : 0
    replaced++
    const delayMs = Math.min(REPLACE_MAX_MS, REPLACE_FIRST_MS * 2 ** Math.max(0, youngDeaths - 1))
    setTimeout(() => {
      if (!stopping) fork()
    }, delayMs).unref()
  }

  function killHanging({ worker }: Member): void {
    log.error({ pid: worker.process.pid }, 'a worker does not answer; it is killed and replaced')
    worker.process.kill('SIGKILL')
  }

  function ping(): void {
    for (const member of members) {
      if (!member.listening) continue
      if (member.unansweredPings++ >= PINGS_MISSED_MAX) killHanging(member)
      else say(member, { kind: 'ping' })
    }
  }

  const workersThatHoldKeys = () => [...members].filter(({ holdsKeys }) => holdsKeys)

  const serving = () => [...members].filter(({ listening }) => listening).length

  /** Tells a worker of a change; resolves once it has confirmed that, with the calls that it cut, or is gone. */
  async function change(member: Member, messageOf: (id: number) => ToWorker): Promise<number> {
    const id = ++lastId
    const confirmed = new Promise<number>((resolve) => {
      member.changes.set(id, resolve)
    })
    say(member, messageOf(id))
    const late = setTimeout(() => killHanging(member), CHANGE_MAX_MS)
    const abort = await Promise.race([confirmed, member.exited])
    clearTimeout(late)
    member.changes.delete(id)
    return abort ?? 0
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
    async abortInFlightCalls(keyId, reason) {
      const counts = await Promise.all(
        workersThatHoldKeys().map((member) =>
          change(member, (id) => ({ kind: 'cut-calls', id, keyId, reason })),
        ),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async replaceModels(managed) {
      // One that has not begun yet is told with all the rest.
      const begun = [...members].filter(({ runId }) => runId !== null)
      await Promise.all(
        begun.map((member) => change(member, (id) => ({ kind: 'replace-models', id, managed }))),
      )
    },
    state: () => ({ serving: serving(), replaced }),
    async stop(graceMs) {
      stopping = true
      clearInterval(pinging)
      const all = [...members]
      for (const member of all) say(member, { kind: 'stop', graceMs })
      const late = setTimeout(() => {
        for (const { worker } of all) worker.process.kill('SIGKILL')
      }, graceMs + STOP_MARGIN_MS)
      await Promise.all(all.map(({ exited }) => exited))
      clearTimeout(late)
    },
  }
}

/** A worker that cannot be told is about to be found dead. */
function say({ worker }: Member, message: ToWorker): void {
  if (worker.isConnected()) worker.process.send(message, undefined, undefined, () => undefined)
}

/**
 * Node hands a worker one connection at a time, and forgets the one that was on its way when the worker died: nobody answers
 * it, and nobody closes it. Answers what closes it.
 */
function watchHandovers({ process: child }: Worker): () => void {
  let handed: { close(): void } | null = null
  const { send } = child
  child.send = (...sent: unknown[]) => {
    const [, handle] = sent
    if (typeof handle === 'object' && handle !== null && 'close' in handle) handed = handle as typeof handed
    return Reflect.apply(send, child, sent)
  }
  // One that was taken is closed on this side already, and closing it again does nothing.
  return () => handed?.close()
}
