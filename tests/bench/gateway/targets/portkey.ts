// @portkey-ai/gateway as its package starts it, installed into a folder outside this repository.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../free-port.ts'
import { startListening, type Target } from './target.ts'

const VERSION = '1.15.2'
// With the newest one it responds with 500 to every stream; calls of JSON cost the same with both.
const NODE_SERVER = '1.13.8'

/** Starts it on a free port; it has no keys of its own to check and writes no log. */
export async function startPortkey(
  prefix: string[],
  upstreamPort: number,
  keysFile: string,
): Promise<Target> {
  const main = join(installed(), 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const port = await freePort()
  const { pid, stop } = await startListening(
    [...prefix, process.execPath, main, `--port=${port}`, '--headless'],
    port,
  )
  return {
    name: 'portkey',
    label: `@portkey-ai/gateway ${VERSION}: no key check, no log`,
    port,
    pid,
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    },
    keysFile,
    stop,
  }
}

/** The folder it is installed in, kept for the next run. Throws where it cannot be installed. */
function installed(): string {
  const folder = join(tmpdir(), `latchkey-bench-portkey-${VERSION}`)
  const complete = join(folder, 'complete')
  if (existsSync(complete)) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: { '@portkey-ai/gateway': VERSION },
      overrides: { '@hono/node-server': NODE_SERVER },
    }),
  )
  // What pnpm sets for its scripts is not for npm.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(userconfig|registry))/.test(name)),
  )
  const { error, status, stderr } = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
    {
      cwd: folder,
      env,
      timeout: 120_000,
      encoding: 'utf8',
    },
  )
  if (status !== 0)
    throw new Error(`npm does not install @portkey-ai/gateway: ${error?.message ?? stderr.slice(-300)}`)
  writeFileSync(complete, '')
  return folder
}
