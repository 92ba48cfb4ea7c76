// The thread that a SQLite connection lives in, so that no query ever stalls a call.
import { parentPort, workerData } from 'node:worker_threads'
import { lowerThreadPriority } from '../../rpc/thread-priority.ts'
import { SqliteConnection } from './connection.ts'
import type { WorkerFailure, WorkerJob, WorkerReply, WorkerRequest, WorkerSetup } from './protocol.ts'

const setup = workerData as WorkerSetup
// Neither the thread that writes, which may hold the lock that ingestion waits for, nor the one that reads keys for calls.
if (setup.inBackground) lowerThreadPriority()
let opened: SqliteConnection | null = null

parentPort?.on('message', ({ id, job }: WorkerRequest) => {
  let reply: WorkerReply
  try {
    if (job.kind === 'close') reply = { id, value: opened?.close() }
    else if (job.kind === 'backTest') return goOn(id, connection().backTest(job.query))
    else reply = { id, value: run(connection(), job) }
  } catch (error) {
    reply = { id, failure: failure(error) }
  }
  parentPort?.postMessage(reply)
  if (job.kind === 'close') parentPort?.close()
})

/** Opened with the first job, which fails where it cannot be opened; the next job tries again. */
function connection(): SqliteConnection {
  opened ??= new SqliteConnection(setup.path, setup.readOnly)
  return opened
}

/** Runs one step of a long job, and the next once the jobs that arrived meanwhile are done. */
function goOn(id: number, steps: Generator<void, unknown, void>): void {
  try {
    const { done, value } = steps.next()
    if (done === true) parentPort?.postMessage({ id, value } satisfies WorkerReply)
    else setImmediate(goOn, id, steps)
  } catch (error) {
    parentPort?.postMessage({ id, failure: failure(error) } satisfies WorkerReply)
  }
}

function run(connection: SqliteConnection, job: Exclude<WorkerJob, { kind: 'backTest' | 'close' }>): unknown {
  switch (job.kind) {
    case 'query':
      return connection.query(job.text, job.values)
    case 'all':
      return connection.all(job.text, job.values)
    case 'usage':
      return connection.groupUsage(job.query)
    case 'batch':
      return connection.batch(job.statements)
    case 'script':
      return connection.script(job.text)
  }
}

function failure(error: unknown): WorkerFailure {
  const { message, code, errcode } = error as { message?: string; code?: string; errcode?: number }
  return { message: message ?? String(error), code: code ?? 'UNKNOWN', sqliteCode: errcode ?? 0 }
}
