// The process of a worker: the owner forks it; it takes its share of the lock on the data directory, and serves until the
// owner asks it to stop, or exits.
import { enableCompileCache } from 'node:module'
import { shareOwnership } from '../store/owner-lock.ts'

// A terminal sends these to the whole process group; the owner handles them, and asks its workers to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
enableCompileCache()
// As the owner's: a segment of the journal is for this user alone.
if (process.platform !== 'win32') process.umask(0o077)
// Before the owner sends a setup, and until the process exits: a lock that nothing refers to would be collected and closed.
const share = shareOwnership(process.argv[2] ?? '')
process.on('exit', share.release)
const { runWorker } = await import('./worker.ts')
await runWorker()
