// Estimates the token usage of calls whose upstream reported none, with the tokenizer of OpenAI's newest models. An estimate,
// and marked as one: other models split text differently, and images and files are not counted.
import { Worker } from 'node:worker_threads'
import type { Usage } from '../../../domain/logs/call-record.ts'
import { NO_USAGE } from '../../../domain/logs/generated/new-record.ts'
import { createPendingRequests } from '../../../rpc/rpc.ts'
import { type ContentMemory, createContentMemory } from '../../capture/content-memory.ts'
import type { EstimateReply, EstimateRequest } from './estimate-protocol.ts'
import { approximateTokensOfCall, type EstimatedTokens, type UnmeteredCall } from './estimate-tokens.ts'
import { keptBytes, movableBody } from './kept-body.ts'
import { keptRequest } from './kept-request.ts'
import { ResponseKeeper } from './response-keeper.ts'
import { StreamKeeper } from './stream-keeper.ts'

export type Estimator = {
  /** Keeps a response while it streams; to be given to `estimate`, or released. */
  keep(isEventStream: boolean): ResponseKeeper | StreamKeeper
  /**
   * The estimate: the tokenizer's if it is there within `estimateMs`, else a rough one. Null where the response holds no text
   * that is known as a model's. Never rejects. Releases `response`.
   */
  estimate(call: {
    request: Buffer
    response: ResponseKeeper | StreamKeeper
    isEventStream: boolean
  }): Promise<Usage | null>
  close(): Promise<void>
}

export type EstimatorOptions = {
  /** How long a call waits for the tokenizer; then its estimate is rough. Milliseconds. */
  estimateMs: number
  startWorker?: () => Worker
  /** How long the thread may take, once it has its work, until it sends a message; then it is replaced. Milliseconds. */
  hungMs?: number
  /** How long after a thread has failed the next one starts. Milliseconds. */
  restartMs?: number
}

type Job = {
  /** Of its request to the thread; 0 while it is queued. */
  id: number
  call: UnmeteredCall
  bytes: number
  /** At most once. */
  resolve: (tokens: EstimatedTokens | null) => void
  late: NodeJS.Timeout
  settled: boolean
}

/** What is kept of all responses of in-flight calls, for their estimates. */
const KEPT_MEMORY_BYTES = 64 * 1024 * 1024
/** Estimates that the thread has at once: so many that it never waits for the next. Each is at most 1 MB, as a rule 10 KB. */
const POSTED_MAX = 8
/** Estimates that wait for the thread. Those beyond are rough, at once: the thread makes some thousands a second. */
const QUEUED_MAX = 1_000
/** Loading the tokenizer takes 0.3 s, and many times as long where the cores are busy. */
const LOADING_MAX_MS = 30_000

const startEstimateWorker = () => new Worker(new URL('./estimate-worker.ts', import.meta.url))

/** An estimator whose thread starts with the first call that needs it. */
export function createEstimator(options: EstimatorOptions): Estimator {
  return new WorkerEstimator(options)
}

class WorkerEstimator implements Estimator {
  readonly #estimateMs: number
  readonly #hungMs: number
  readonly #restartMs: number
  readonly #startWorker: () => Worker
  readonly #memory: ContentMemory = createContentMemory(KEPT_MEMORY_BYTES)
  /** Shortest first. */
  readonly #queue: Job[] = []
  /** The thread's estimates, also those that were cancelled since: until it replies, it is at work on them. */
  readonly #posted = createPendingRequests<EstimateReply>()
  #worker: Worker | null = null
  #loaded = false
  #watchdog: NodeJS.Timeout | null = null
  #restart: NodeJS.Timeout | null = null
  #closed = false

  constructor({ estimateMs, startWorker, hungMs, restartMs }: EstimatorOptions) {
    this.#estimateMs = estimateMs
    this.#startWorker = startWorker ?? startEstimateWorker
    this.#hungMs = hungMs ?? 2_000
    this.#restartMs = restartMs ?? 1_000
  }

  keep(isEventStream: boolean): ResponseKeeper | StreamKeeper {
    return isEventStream ? new StreamKeeper(this.#memory) : new ResponseKeeper(this.#memory)
  }

  async estimate({ request, response, isEventStream }: Parameters<Estimator['estimate']>[0]) {
    const call = { request: keptRequest(request), response: response.kept(), isEventStream }
    const tokens =
      this.#queue.length < QUEUED_MAX && !this.#closed
        ? await new Promise<EstimatedTokens | null>((resolve) => this.#enqueue(call, resolve))
        : approximateTokensOfCall(call)
    response.release()
    return tokens === null ? null : { ...NO_USAGE, ...tokens }
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#restart !== null) clearTimeout(this.#restart)
    const worker = this.#worker
    this.#dropWorker()
    for (const job of this.#queue.splice(0)) this.#settleRoughly(job)
    await worker?.terminate()
  }

  #enqueue(call: UnmeteredCall, resolve: Job['resolve']): void {
    const bytes = keptBytes(call.request) + keptBytes(call.response)
    const late = setTimeout(() => this.#onLate(job), this.#estimateMs)
    const job: Job = { id: 0, call, bytes, resolve, late, settled: false }
    const before = this.#queue.findIndex((queued) => queued.bytes > bytes)
    this.#queue.splice(before === -1 ? this.#queue.length : before, 0, job)
    this.#post()
  }

  #post(): void {
    while (this.#posted.size() < POSTED_MAX && this.#restart === null) {
      const job = this.#queue.shift()
      if (job === undefined) return
      this.#posted
        .request((id) => this.#send(job, id))
        .then(
          (reply) => this.#onReply(job, reply),
          () => this.#onReply(job, null),
        )
      if (this.#watchdog === null) this.#watch()
    }
  }

  #send(job: Job, id: number): void {
    const worker = this.#worker ?? this.#start()
    job.id = id
    const moved: ArrayBuffer[] = []
    const { request, response, isEventStream } = job.call
    const call = {
      request: movableBody(request, moved),
      response: movableBody(response, moved),
      isEventStream,
    }
    worker.postMessage({ id, call } satisfies EstimateRequest, moved)
  }

  #start(): Worker {
    const worker = this.#startWorker()
    this.#worker = worker
    worker.unref()
    worker.on('message', (reply: EstimateReply) => {
      if (worker === this.#worker) this.#onMessage(reply)
    })
    const failed = () => {
      if (worker === this.#worker) this.#replaceWorker()
    }
    worker.on('error', failed)
    worker.on('exit', failed)
    this.#loaded = false
    return worker
  }

  #onMessage(reply: EstimateReply): void {
    this.#loaded = true
    this.#posted.resolve(reply.id, reply)
    this.#watch()
    this.#post()
  }

  /** Null: the thread has failed, or could not be sent the work. */
  #onReply(job: Job, reply: EstimateReply | null): void {
    if (job.settled) return
    if (reply === null || 'failed' in reply) this.#settleRoughly(job)
    else this.#settle(job, reply.tokens)
  }

  #onLate(job: Job): void {
    const at = this.#queue.indexOf(job)
    if (at !== -1) this.#queue.splice(at, 1)
    else this.#worker?.postMessage({ cancelled: job.id } satisfies EstimateRequest)
    this.#settleRoughly(job)
  }

  #settleRoughly(job: Job): void {
    this.#settle(job, approximateTokensOfCall(job.call))
  }

  #settle(job: Job, tokens: EstimatedTokens | null): void {
    clearTimeout(job.late)
    job.settled = true
    job.resolve(tokens)
  }

  /** Restarts with each reply; stopped where none is expected. */
  #watch(): void {
    if (this.#watchdog !== null) clearTimeout(this.#watchdog)
    this.#watchdog = null
    if (this.#posted.size() === 0) return
    const patience = this.#loaded ? this.#hungMs : LOADING_MAX_MS
    this.#watchdog = setTimeout(() => this.#replaceWorker(), patience).unref()
  }

  #replaceWorker(): void {
    const worker = this.#worker
    this.#dropWorker()
    worker?.terminate().catch(() => undefined)
    if (this.#closed) return
    this.#restart = setTimeout(() => {
      this.#restart = null
      this.#post()
    }, this.#restartMs).unref()
  }

  /** The estimates that the thread had are made without it. */
  #dropWorker(): void {
    this.#worker = null
    if (this.#watchdog !== null) clearTimeout(this.#watchdog)
    this.#watchdog = null
    this.#posted.rejectAll(new Error('the thread has failed'))
  }
}
