import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'

const pass = `test('works', () => {})`
const fail = `test('fails', () => { throw new Error('as it should') })`
const skip = `test('waits', ({ skip }) => skip('no such thing here'))`

type Run = { ci?: boolean; setup?: string; leftOut?: Record<string, string> }

describe('every run ends with one line of numbers', () => {
  test.each<[string, Record<string, string>, Run, string, number]>([
    ['all is well', { a: pass, b: pass }, { ci: true }, '2 passed, 0 failed', 0],
    ['a test fails', { a: pass, b: fail }, {}, '1 passed, 1 failed', 1],
    ['a file cannot be read', { a: pass, b: 'not a program' }, {}, '1 passed, 1 failed', 1],
    [
      'a suite breaks',
      { a: `${pass}; describe('s', () => { throw new Error() })` },
      {},
      '0 passed, 1 failed',
      1,
    ],
    ['a hook breaks', { a: `${pass}; afterAll(() => { throw new Error() })` }, {}, '1 passed, 1 failed', 1],
    [
      'an error belongs to no test',
      { a: `${pass}; Promise.reject(new Error())` },
      {},
      '1 passed, 1 failed',
      1,
    ],
    ['something is skipped', { a: pass, b: skip }, {}, '1 passed, 0 failed, 1 skipped', 0],
    ['something is skipped in CI', { a: pass, b: skip }, { ci: true }, '1 passed, 0 failed, 1 skipped', 1],
    ['everything is skipped', { a: skip }, {}, '0 passed, 0 failed, 1 skipped', 1],
    ['there is no file', {}, {}, '0 passed, 0 failed', 1],
    ['a file has no test', { a: '' }, {}, '0 passed, 1 failed', 1],
    [
      'the setup breaks',
      { a: pass },
      { setup: 'export default () => { throw new Error() }' },
      '0 passed, 1 failed',
      1,
    ],
    [
      'the teardown breaks',
      { a: pass },
      { setup: 'export default () => () => { throw new Error() }' },
      '1 passed, 1 failed',
      1,
    ],
  ])('when %s', async (_, files, run, line, code) => {
    const ended = await runVitest(files, run)
    expect(ended.output.trimEnd().split('\n').at(-1), ended.output).toBe(line)
    expect(ended.code, ended.output).toBe(code)
  })

  test('after naming what was skipped, and why', async () => {
    const { output } = await runVitest({ a: `${skip}; test.todo('later'); ${pass}` }, {})
    expect(output).toContain('skipped: a.test.ts > waits: no such thing here\n')
    expect(output).toContain('skipped: a.test.ts > later: marked "todo" in the source\n')
  })

  test('after naming what it leaves to CI', async () => {
    const { output } = await runVitest({ a: pass }, { leftOut: { fuzz: 'random bytes' } })
    expect(output).toMatch(/left to CI: fuzz, random bytes\n1 passed, 0 failed\n$/)
  })
})

async function runVitest(files: Record<string, string>, { ci = false, setup, leftOut = {} }: Run) {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-closing-line-'))
  try {
    for (const [name, source] of Object.entries(files)) writeFileSync(join(root, `${name}.test.ts`), source)
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
    const reporter = join(import.meta.dirname, '..', 'support', 'run', 'closing-line-reporter.ts')
    const config = {
      globals: true,
      reporters: ['default', [reporter, { leftOut }]],
      globalSetup: setup ? ['./setup.ts'] : [],
    }
    if (setup) writeFileSync(join(root, 'setup.ts'), setup)
    writeFileSync(join(root, 'vitest.config.ts'), `export default { test: ${JSON.stringify(config)} }`)

    const program = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
    const outer = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|CI$|NODE_ENV$)/.test(name))
    const vitest = spawn(process.execPath, [program, 'run', '--root', root], {
      env: { ...Object.fromEntries(outer), NO_COLOR: '1', ...(ci ? { CI: 'true' } : {}) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [[code], output, errors] = await Promise.all([
      once(vitest, 'close'),
      text(vitest.stdout),
      text(vitest.stderr),
    ])
    return { code, output: `${errors}\n${output}` }
  } finally {
    rmSync(root, { recursive: true })
  }
}
