// Counts what a server in this process sends to its SQLite database, Prisma's statements and raw ones alike.
import { Worker } from 'node:worker_threads'

/** The texts of all statements that are sent while `work` runs: also what the server does beside it. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const texts: string[] = []
  const { postMessage } = Worker.prototype
  // A job of store/sqlite/protocol.ts; other threads' messages have none.
  Worker.prototype.postMessage = function (message: { job?: { text?: string; kind: string } }, ...rest) {
    if (message.job !== undefined) texts.push(message.job.text ?? message.job.kind)
    return postMessage.call(this, message, ...rest)
  }
  try {
    await work()
    return texts
  } finally {
    Worker.prototype.postMessage = postMessage
  }
}
