import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'

const module = new URL('./thread-priority.ts', import.meta.url).href
const source = `
  const { parentPort } = require('node:worker_threads')
  import(${JSON.stringify(module)}).then(({ lowerThreadPriority }) => {
    const lowered = lowerThreadPriority()
    const stat = process.platform === 'linux' ? require('node:fs').readFileSync('/proc/thread-self/stat', 'utf8') : ''
    parentPort.postMessage({ lowered, stat })
  })`

/** What proc_pid_stat(5) calls nice: the 19th field, the second being a name in parentheses. */
function niceIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
}

async function loweredInAWorker(): Promise<{ lowered: boolean; stat: string }> {
  const worker = new Worker(source, { eval: true })
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
}

describe('lowering the priority of a thread', () => {
  // Linux alone has priorities of single threads; elsewhere the whole process would be lowered.
  const isLinux = process.platform === 'linux'

  test('changes that thread by 10 where threads have priorities, and never the process', async () => {
    const before = getPriority(0)
    const { lowered, stat } = await loweredInAWorker()
    expect(lowered).toBe(isLinux)
    expect(stat === '' ? null : niceIn(stat)).toBe(isLinux ? Math.min(19, before + 10) : null)
    expect(getPriority(0)).toBe(before)
  })

  if (isLinux) {
    test('leaves the thread that started it as it was', async () => {
      const before = niceIn(readFileSync('/proc/thread-self/stat', 'utf8'))
      await loweredInAWorker()
      expect(niceIn(readFileSync('/proc/thread-self/stat', 'utf8'))).toBe(before)
    })
  }
})
