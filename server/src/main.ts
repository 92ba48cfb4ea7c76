// The process: reads the configuration, starts, says where to go next, and stops in order.
import { enableCompileCache } from 'node:module'

// Before anything large is loaded: the second start then skips parsing and type stripping.
enableCompileCache()
const { run } = await import('./run.ts')
await run(process.env)
