// How long from starting the process to its first successful call, beside a bare Node server doing the same.
// `node tests/bench/cold-start.ts [rounds]`; prints a table. The console must have been built before.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { median } from './report.ts'

const rounds = Math.min(50, Math.max(1, Number(process.argv[2] ?? 7)))
const main = join(import.meta.dirname, '../../server/src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const adminToken = randomBytes(24).toString('base64url')
const bare = `require('node:http').createServer((q, s) => s.end('{}')).listen(+process.argv[1], '127.0.0.1')`

const port = await freePort()
const env = {
  PATH: process.env.PATH,
  LATCHKEY_PORT: String(port),
  LATCHKEY_DATA_DIR: folder,
  LATCHKEY_ADMIN_TOKEN: adminToken,
}
const startLatchkey = () => spawn(process.execPath, [main], { env, stdio: 'ignore' })
const startBare = () => spawn(process.execPath, ['-e', bare, String(port)], { stdio: 'ignore' })

try {
  const first = performance.now()
  let server = startLatchkey()
  await succeeded(() => call('GET', '/healthz', {}))
  const firstMs = performance.now() - first
  const made = await call(
    'POST',
    '/api/api-keys',
    { authorization: `Bearer ${adminToken}` },
    { name: 'bench' },
  )
  const secret = (JSON.parse(made.body) as { api_key: string }).api_key
  await stopped(server)

  const latchkeyMs: number[] = []
  const bareMs: number[] = []
  const body = { model: 'echo', messages: [{ role: 'user', content: 'Hello!' }] }
  for (let round = 0; round < rounds; round++) {
    let from = performance.now()
    server = startLatchkey()
    await succeeded(() => call('POST', '/v1/chat/completions', { authorization: `Bearer ${secret}` }, body))
    latchkeyMs.push(performance.now() - from)
    await stopped(server)
    from = performance.now()
    server = startBare()
    await succeeded(() => call('GET', '/', {}))
    bareMs.push(performance.now() - from)
    await stopped(server)
  }
  console.log(
    '| from starting the process to its first successful call | median ms | best ms | ÷ bare Node |',
  )
  console.log('|---|--:|--:|--:|')
  const ratio = (median(latchkeyMs) / median(bareMs)).toFixed(1)
  console.log(
    `| a bare node:http server | ${median(bareMs).toFixed(0)} | ${Math.min(...bareMs).toFixed(0)} | 1 |`,
  )
  console.log(
    `| Latchkey, its database there | ${median(latchkeyMs).toFixed(0)} | ${Math.min(...latchkeyMs).toFixed(0)} | ${ratio} |`,
  )
  console.log(`| Latchkey's first start, making its database (once) | ${firstMs.toFixed(0)} | | |`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

type Response = { status: number; body: string }

/** Repeats a request until its response is a 200; connections are refused until the server listens. */
async function succeeded(send: () => Promise<Response>): Promise<void> {
  for (let attempts = 0; attempts < 20_000; attempts++) {
    const reply = await send().catch(() => null)
    if (reply?.status === 200) return
    if (reply !== null) throw new Error(`${reply.status} ${reply.body}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error('the server did not respond')
}

function call(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: { ...headers, 'content-type': 'application/json' },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function stopped(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once('exit', () => resolve())
    server.kill('SIGTERM')
  })
}
