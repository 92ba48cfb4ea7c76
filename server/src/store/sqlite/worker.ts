// The thread that a SQLite connection lives in, so that no query ever stalls a call.
import { parentPort, workerData } from 'node:worker_threads'
import { SqliteConnection } from './connection.ts'
import type { WorkerAnswer, WorkerFailure, WorkerJob, WorkerRequest, WorkerSetup } from './protocol.ts'

const setup = workerData as WorkerSetup
const connection = new SqliteConnection(setup.path, setup.readOnly)

parentPort?.on('message', ({ id, job }: WorkerRequest) => {
  let answer: WorkerAnswer
  try {
    answer = { id, value: run(job) }
  } catch (error) {
    answer = { id, failure: failure(error) }
  }
  parentPort?.postMessage(answer)
  if (job.kind === 'close') parentPort?.close()
})

function run(job: WorkerJob): unknown {
  switch (job.kind) {
    case 'query':
      return connection.query(job.text, job.values)
    case 'all':
      return connection.all(job.text, job.values)
    case 'usage':
      return connection.sumUsage(job.query)
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
