// The process: reads the configuration, starts the server, prints where it listens, and stops in order.
import { enableCompileCache, flushCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// glibc gives each thread a malloc arena of its own and returns little of it: in a busy process some 30 MB, which two arenas for
// all threads save (mallopt(3), M_ARENA_MAX). glibc reads the variable before main(), so the process executes itself again with
// it; not where an IPC channel to a parent is open, which exec would close.
if (process.platform === 'linux' && process.env.MALLOC_ARENA_MAX === undefined && !process.connected) {
  const { execPath, execArgv, argv, env } = process
  try {
    process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], {
      // The place that enableCompileCache() below would choose: set already now, this file is read from the cache as well, and
      // the process does not load what strips types, some 15 MB.
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
      ...env,
      MALLOC_ARENA_MAX: '2',
    })
  } catch {
    // Where exec is not permitted (node --permission), it runs without.
  }
}
// Before anything large is loaded: later starts then skip parsing and type stripping.
const { directory } = enableCompileCache()
// Threads inherit the environment, not the call; a thread without the cache strips types itself, at twice the memory.
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory
const { run } = await import('./app/run.ts')
await run(process.env)
// Now, since a killed process would write nothing.
flushCompileCache()
