// The thread that a SQLite connection lives in, so that no query ever stalls a call.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { SqliteConnection } from './connection.ts'
import type { WorkerFailure, WorkerJob, WorkerReply, WorkerRequest, WorkerSetup } from './protocol.ts'

// A ninth of a core against a thread that wants all of it, and the whole core against none (sched(7)).
const BACKGROUND_NICENESS = 10

const setup = workerData as WorkerSetup
// On Linux, 0 means the calling thread (setpriority(2)); elsewhere it would be the whole process.
if (setup.inBackground && process.platform === 'linux') setPriority(0, BACKGROUND_NICENESS)
const connection = new SqliteConnection(setup.path, setup.readOnly)

parentPort?.on('message', ({ id, job }: WorkerRequest) => {
  if (job.kind === 'backTest') return goOn(id, connection.backTest(job.query))
  let reply: WorkerReply
  try {
    reply = { id, value: run(job) }
  } catch (error) {
    reply = { id, failure: failure(error) }
  }
  parentPort?.postMessage(reply)
  if (job.kind === 'close') parentPort?.close()
})

/** Does one step of a long job, and the next once whoever asked meanwhile has been answered. */
function goOn(id: number, steps: Generator<void, unknown, void>): void {
  try {
    const { done, value } = steps.next()
    if (done === true) parentPort?.postMessage({ id, value } satisfies WorkerReply)
    else setImmediate(goOn, id, steps)
  } catch (error) {
    parentPort?.postMessage({ id, failure: failure(error) } satisfies WorkerReply)
  }
}

function run(job: Exclude<WorkerJob, { kind: 'backTest' }>): unknown {
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
    case 'close':
      return connection.close()
  }
}

function failure(error: unknown): WorkerFailure {
  const { message, code, errcode } = error as { message?: string; code?: string; errcode?: number }
  return { message: message ?? String(error), code: code ?? 'UNKNOWN', sqliteCode: errcode ?? 0 }
}
