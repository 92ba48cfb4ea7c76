// The main thread's end of a SQLite worker: a job in, a promise out.
import { Worker } from 'node:worker_threads'
import { createPendingRequests } from '../../rpc/rpc.ts'
import type { WorkerFailure, WorkerJob, WorkerReply, WorkerRequest, WorkerSetup } from './protocol.ts'

// A thread with an open file is some 12 MB, and opening another takes some 30 ms.
const IDLE_AFTER_MS = 5_000

/** An error of SQLite; `sqliteCode` is its extended result code (https://www.sqlite.org/rescode.html). */
export class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code: string
  readonly sqliteCode: number

  constructor(failure: WorkerFailure) {
    super(failure.message)
    this.code = failure.code
    this.sqliteCode = failure.sqliteCode
  }
}

/** By its name: a loader of modules, such as a test's, may have made this class twice. */
export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && error.name === 'SqliteError' && 'sqliteCode' in error
}

/** A connection in a thread of its own, which starts with its first job and ends when it has been idle for a while. */
export class SqliteWorker {
  readonly #setup: WorkerSetup
  readonly #mayIdle: () => boolean
  readonly #idleAfterMs: number
  readonly #requests = createPendingRequests<unknown>()
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | null = null
  #ended: Error | null = null
  #jobsDone = 0

  /** @param mayIdle false while this connection must stay open: a transaction is open on it. */
  constructor(setup: WorkerSetup, mayIdle: () => boolean = () => true, idleAfterMs = IDLE_AFTER_MS) {
    this.#setup = setup
    this.#mayIdle = mayIdle
    this.#idleAfterMs = idleAfterMs
  }

  /** How many jobs have ended, well or not. */
  get jobsDone(): number {
    return this.#jobsDone
  }

  /** Runs one job; jobs run in the order in which they were given, but others may run between the steps of a long one. Rejects with SqliteError, or when the worker has ended. */
  run<T>(job: WorkerJob): Promise<T> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    this.#worker ??= this.#start()
    const worker = this.#worker
    if (this.#idle !== null) clearTimeout(this.#idle)
    return this.#requests.request((id) => {
      worker.ref()
      worker.postMessage({ id, job } satisfies WorkerRequest)
    }) as Promise<T>
  }

  /** Closes the connection once the jobs before it are done. */
  async close(): Promise<void> {
    if (this.#ended !== null) return
    if (this.#worker !== null) {
      await this.run({ kind: 'close' })
      await this.#worker.terminate()
    }
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#ended = new Error('the database has been closed')
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#setup })
    worker.on('message', (reply: WorkerReply) => this.#settle(reply))
    worker.on('error', (error: Error) => this.#end(worker, error))
    worker.on('exit', () => this.#end(worker, new Error('the database worker has stopped')))
    // An idle database does not keep the process alive; a running job does.
    worker.unref()
    return worker
  }

  #settle(reply: WorkerReply): void {
    const awaited =
      'failure' in reply
        ? this.#requests.reject(reply.id, new SqliteError(reply.failure))
        : this.#requests.resolve(reply.id, reply.value)
    if (awaited) this.#jobsDone++
    if (!awaited || this.#requests.size() > 0) return
    this.#worker?.unref()
    this.#idle = setTimeout(() => this.#idleOut(), this.#idleAfterMs).unref()
  }

  /** Ends the thread; the next job starts another. Where it may not end, its next reply starts the idle timer again. */
  #idleOut(): void {
    if (this.#worker === null || this.#requests.size() > 0 || !this.#mayIdle()) return
    // Under no request's id: nobody awaits the response.
    this.#worker.postMessage({ id: 0, job: { kind: 'close' } } satisfies WorkerRequest)
    this.#worker = null
  }

  /** A thread that ends unexpectedly is not replaced: its open transaction is lost, and the rest of its statements must not run alone. */
  #end(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#ended ??= error
    this.#requests.rejectAll(this.#ended)
  }
}
