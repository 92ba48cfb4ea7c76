// A gateway worker's process: forked by the owner, it takes its share of the data directory, and serves until it is told to
// stop or the owner ends.
import { enableCompileCache } from 'node:module'
import { shareOwnership } from '../store/owner-lock.ts'

// A terminal sends these to the whole group; what they mean to a worker, the owner says.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
enableCompileCache()
// Before it can be let in, and until its end: what nothing refers to any more would be closed.
const share = shareOwnership(process.argv[2] ?? '')
process.on('exit', share.release)
const { runWorker } = await import('./worker.ts')
await runWorker()
