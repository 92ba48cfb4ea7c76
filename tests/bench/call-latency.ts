// A server process that is measured from outside while it does other work.
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { dirname, join } from 'node:path'
import { startServerProcess } from '../support/server/server-process.ts'
import { type Spread, spreadOf } from './report.ts'

export type MeasuredServer = {
  url: string
  secret: string
  /** Sends a query to /graphql as an admin; rejects where the response has errors. */
  graphql(query: string): Promise<unknown>
  /** The longest stall of its event loop since this was last read, in milliseconds. */
  stallMs(): Promise<number>
  stop(): Promise<void>
}

const CLIENTS = 4
const BODY = JSON.stringify({
  model: 'echo',
  messages: [{ role: 'user', content: 'Hello, how are you today?' }],
})

/** The stats that read most: every figure of all calls since `fromMs`. */
export function heaviestStats(fromMs: number): string {
  const totals = 'totals { calls failures meanDurationMs inputTokens outputTokens }'
  return `{ usage(range: { from: "${new Date(fromMs).toISOString()}" }) { ${totals} byModel { model ${totals} } byDay { date ${totals} } } }`
}

/** Starts a server on the data directory of a SQLite file named latchkey.db. */
export async function startMeasuredServer(database: string): Promise<MeasuredServer> {
  const adminToken = randomBytes(24).toString('base64url')
  const server = await startServerProcess(
    {
      LATCHKEY_DATA_DIR: dirname(database),
      LATCHKEY_ADMIN_TOKEN: adminToken,
      LATCHKEY_LOG_RETENTION_DAYS: '0',
    },
    [process.execPath, '--import', join(import.meta.dirname, 'loop-delay.ts')],
  )
  const asAdmin = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: asAdmin,
      body: JSON.stringify(body),
    })
    const json = (await response.json()) as Record<string, unknown>
    if (!response.ok || 'errors' in json)
      throw new Error(`${path}: ${response.status} ${JSON.stringify(json)}`)
    return json
  }
  const key = await post('/api/api-keys', { name: 'bench' })
  return {
    url: server.url,
    secret: String(key.api_key),
    graphql: (query) => post('/graphql', { query }),
    async stallMs() {
      const printed = () => [...server.output().matchAll(/loop-delay-max-ms=([\d.]+);/g)]
      const before = printed().length
      server.process.kill('SIGUSR2')
      for (let attempts = 0; printed().length === before; attempts++) {
        if (attempts > 1_000) throw new Error('the server does not print the delay of its event loop')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return Number(printed().at(-1)?.[1])
    },
    stop: server.remove,
  }
}

export type Calls = { perSecond: number; spread: Spread; stallMs: number; rounds: number }

/** Calls the echo for a while, with `beside` again and again at the same time. */
export async function callsWhile(
  server: MeasuredServer,
  forMs: number,
  beside: (() => Promise<unknown>) | null,
): Promise<Calls> {
  const agent = new Agent({ keepAlive: true })
  const spans: number[] = []
  const over = performance.now() + forMs
  let rounds = 0
  const client = async () => {
    while (performance.now() < over) {
      const from = performance.now()
      await call(agent, server)
      spans.push(performance.now() - from)
    }
  }
  const worker = async () => {
    while (beside !== null && performance.now() < over) {
      await beside()
      rounds++
    }
  }
  await server.stallMs()
  await Promise.all([...Array.from({ length: CLIENTS }, client), worker()])
  agent.destroy()
  return {
    perSecond: spans.length / (forMs / 1_000),
    spread: spreadOf(spans),
    stallMs: await server.stallMs(),
    rounds,
  }
}

function call(agent: Agent, { url, secret }: MeasuredServer): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/v1/chat/completions`,
      {
        agent,
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      },
      (response) => {
        response.resume()
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))),
        )
      },
    )
    sent.on('error', reject)
    sent.end(BODY)
  })
}
