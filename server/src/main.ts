// The process: reads the configuration, starts, says where to go next, and stops in order.
import { enableCompileCache, flushCompileCache } from 'node:module'

// Before anything large is loaded: the second start then skips parsing and type stripping.
const { directory } = enableCompileCache()
// Threads do not inherit the call, only the environment; one that strips types itself takes twice the memory.
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory
const { run } = await import('./run.ts')
await run(process.env)
// A process that is killed would leave nothing for the next.
flushCompileCache()
