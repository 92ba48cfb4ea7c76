// The process: reads the configuration, starts, says where to go next, and stops in order.
import { enableCompileCache, flushCompileCache } from 'node:module'

// glibc gives each thread an arena to allocate from, and what one of them needed once stays its own: in a busy process some
// 30 MB, which two for all do without (mallopt(3)). That is read before anything runs, so the process begins again with it;
// not one that its parent talks to, since the channel would close.
if (process.platform === 'linux' && process.env.MALLOC_ARENA_MAX === undefined && !process.connected) {
  const { execPath, execArgv, argv, env } = process
  try {
    process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, MALLOC_ARENA_MAX: '2' })
  } catch {
    // Where no process may be started (node --permission), it runs as it is.
  }
}
// Before anything large is loaded: the second start then skips parsing and type stripping.
const { directory } = enableCompileCache()
// Threads do not inherit the call, only the environment; one that strips types itself takes twice the memory.
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory
const { run } = await import('./app/run.ts')
await run(process.env)
// A process that is killed would leave nothing for the next.
flushCompileCache()
