// What a process takes memory for before anybody has asked it for anything.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startServerProcess } from '../../support/server/server-process.ts'

// Prints each file of the Prisma client that is loaded.
const WATCH_PRISMA = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(name, context, next) {
      const found = next(name, context)
      if (found.url.includes('/@prisma/client/')) console.error('loaded', found.url)
      return found
    },
  })`)}`

test.runIf(process.platform === 'linux').for([
  [{}, '2'],
  [{ MALLOC_ARENA_MAX: '5' }, '5'],
] as const)(
  'with %j in its environment it runs with %s arenas, as the process that was started, and without Prisma',
  async ([env, arenas]) => {
    const flag = '--max-semi-space-size=8'
    const server = await startServerProcess(env, [process.execPath, flag, '--import', WATCH_PRISMA])
    try {
      // As the kernel handed it to the process that runs now, which is when glibc reads it.
      const of = (file: string) => readFileSync(`/proc/${server.process.pid}/${file}`, 'utf8').split('\0')
      expect(of('environ')).toContain(`MALLOC_ARENA_MAX=${arenas}`)
      expect(of('cmdline')).toContain(flag)
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
      expect(await server.stop()).toBe(0)
      expect(server.output()).not.toContain('loaded file:')
    } finally {
      await server.remove()
    }
  },
)
