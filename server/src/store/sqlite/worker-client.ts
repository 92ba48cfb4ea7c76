// The main thread's end of a SQLite worker: a job in, a promise out.
import { Worker } from 'node:worker_threads'
import type { WorkerAnswer, WorkerFailure, WorkerJob, WorkerSetup } from './protocol.ts'

type Waiting = { resolve(value: unknown): void; reject(error: Error): void }

/** What SQLite said no to; `sqliteCode` is its extended result code (https://www.sqlite.org/rescode.html). */
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

export class SqliteWorker {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #ended: Error | null = null

  constructor(setup: WorkerSetup) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: setup })
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer))
    this.#worker.on('error', (error: Error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('the database worker has stopped')))
    // An idle database does not keep the process alive; a job under way does.
    this.#worker.unref()
  }

  /** Runs one job; jobs run in the order they were given. Rejects with SqliteError, or when the worker has ended. */
  run<T>(job: WorkerJob): Promise<T> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    const id = ++this.#lastId
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#worker.ref()
      this.#worker.postMessage({ id, job })
    })
  }

  /** Closes the connection once the jobs before it are done. */
  async close(): Promise<void> {
    if (this.#ended !== null) return
    await this.run({ kind: 'close' })
    await this.#worker.terminate()
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (waiting === undefined) return
    if ('failure' in answer) waiting.reject(new SqliteError(answer.failure))
    else waiting.resolve(answer.value)
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended)
    this.#waiting.clear()
  }
}
