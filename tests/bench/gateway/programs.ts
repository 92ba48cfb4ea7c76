// The programs around the tested process: the upstream, the clients, and what fills a core with calls.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { has } from './machine.ts'

export type Programs = {
  /** Commands, to be followed by their arguments; the sources say which. */
  upstream: string[]
  load: string[]
  /** Fills a core: wrk, or autocannon in the place of it. */
  closed: 'wrk' | 'autocannon'
  /** For the report. */
  text: string
}

/** Compiles upstream.c and load.c into a folder where there is a C compiler; else the same in Node. */
export function programs(folder: string): Programs {
  const compiler = ['cc', 'gcc', 'clang'].find(has)
  const program = (name: 'upstream' | 'load') =>
    compiler === undefined
      ? [process.execPath, join(import.meta.dirname, `node-${name}.ts`)]
      : [compiled(compiler, name, folder)]
  const closed = has('wrk') ? 'wrk' : 'autocannon'
  const language = compiler === undefined ? 'Node' : 'C'
  return {
    upstream: program('upstream'),
    load: program('load'),
    closed,
    text: `a core filled by ${closed}; upstream, paced clients and readers of streams in ${language}`,
  }
}

function compiled(compiler: string, name: string, folder: string): string {
  const to = join(folder, name)
  const { status, stderr } = spawnSync(compiler, ['-O2', '-o', to, join(import.meta.dirname, `${name}.c`)])
  if (status !== 0) throw new Error(`${compiler} does not compile ${name}.c:\n${stderr}`)
  return to
}
