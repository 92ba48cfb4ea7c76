// A server over a seeded data directory, as tests and people look at it.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { repositoryRoot } from '../support/run/repository.ts'
import { SPECIAL_KEYS } from './cast/special-keys.ts'
import { startProviders } from './providers.ts'
import { readFacts, type ShowroomFacts } from './showroom-facts.ts'

export type ServedShowroom = { url: string; facts: ShowroomFacts; close(): Promise<void> }

export type ServeOptions = {
  /** 0: any free one. */
  port?: number
  /** `127.0.0.1` unless another is given. */
  host?: string
  /** Calls a second that go through the gateway while it is served; 0: none. */
  traffic?: number
}

/**
 * Starts it as a process of its own, with the providers that its upstreams are at. The directory is written to, as by any server: copy
 * it before where it is needed again. Rejects, with what it printed, where it does not start.
 */
export async function serveShowroom(
  dataDir: string,
  { port = 0, host = '127.0.0.1', traffic = 0 }: ServeOptions = {},
): Promise<ServedShowroom> {
  const facts = readFacts(dataDir)
  const providers = await startProviders()
  const child = spawn(process.execPath, [join(repositoryRoot, 'server/src/main.ts')], {
    env: {
      PATH: process.env.PATH,
      LATCHKEY_HOST: host,
      LATCHKEY_PORT: String(port),
      LATCHKEY_DATA_DIR: dataDir,
      // Logs begin with the history.
      LATCHKEY_LOG_RETENTION_DAYS: '0',
      DATABASE_URL: process.env.SHOWROOM_DATABASE_URL ?? '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = await listening(child)
  const sending = traffic > 0 ? setInterval(() => void sendCall(url, facts), 1_000 / traffic) : undefined
  return {
    url,
    facts,
    async close() {
      clearInterval(sending)
      await ended(child)
      await providers.close()
    },
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const hear = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      const found = /listening on (http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}:\n${output}`)))
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exit
}

/** One call of one of the keys with a story; what becomes of it is in the log. */
async function sendCall(url: string, { keys }: ShowroomFacts): Promise<void> {
  const planned = SPECIAL_KEYS[Math.floor(Math.random() * SPECIAL_KEYS.length)]
  const key = planned === undefined ? undefined : keys[planned.name]
  const model = planned?.models[Math.floor(Math.random() * planned.models.length)]?.[0]
  if (key === undefined || model === undefined) return
  const secret = Math.random() < 0.4 ? (key.formerSecret ?? key.secret) : key.secret
  const stream = Math.random() < 0.5
  const messages = [{ role: 'user', content: `Where is parcel ${Math.floor(Math.random() * 1e6)}?` }]
  await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages, prompt_cache_key: crypto.randomUUID() }),
  })
    .then((response) => response.text())
    .catch(() => undefined)
}
