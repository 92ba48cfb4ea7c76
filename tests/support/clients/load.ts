// Clients that send the next call after each response, and remember which responses were complete.
import { Agent, type IncomingMessage, request } from 'node:http'
import { chatBody } from '../server/gateway-calls.ts'

export type LoadOptions = {
  /** Where to call. A promise that is still open makes the clients wait: the server is down. */
  url(): Promise<string>
  secret: string
  /** Clients at the same time. */
  clients: number
  /** Numbers from 0 up to 1: what each call is, and when an impatient client disconnects. */
  random(): number
}

export type Load = {
  /** `x-request-id` of every complete response: a JSON response to its end, a stream to its [DONE]. */
  succeeded: Set<string>
  /** Calls begun. */
  begun(): number
  /** Responses whose status was not 200, by status. */
  refused: Map<number, number>
  /** Lets the in-flight calls end, and begins no more. */
  stop(): Promise<void>
}

/** Starts clients: half of their calls are JSON, a third are streams, and in the others the client disconnects early. */
export function startLoad(options: LoadOptions): Load {
  const succeeded = new Set<string>()
  const refused = new Map<number, number>()
  const agent = new Agent({ keepAlive: true })
  let begun = 0
  let stopping = false

  async function client(): Promise<void> {
    while (!stopping) {
      const url = await options.url()
      if (stopping) return
      begun++
      const kind = options.random()
      const reply = await call(agent, url, options.secret, {
        stream: kind >= 0.5,
        // Before the head, in the middle, or about the end of a response.
        leaveAfterMs: kind < 0.85 ? null : options.random() * 15,
      })
      if (reply === 'broken') continue
      if (reply.status !== 200) refused.set(reply.status, (refused.get(reply.status) ?? 0) + 1)
      if (reply.whole) succeeded.add(reply.id)
    }
  }

  const clients = Array.from({ length: options.clients }, client)
  return {
    succeeded,
    refused,
    begun: () => begun,
    async stop() {
      stopping = true
      await Promise.all(clients)
      agent.destroy()
    },
  }
}

type Reply = { id: string; status: number; whole: boolean }

function call(
  agent: Agent,
  url: string,
  secret: string,
  { stream, leaveAfterMs }: { stream: boolean; leaveAfterMs: number | null },
): Promise<Reply | 'broken'> {
  let headed = false
  return new Promise((resolve) => {
    const sent = request(
      `${url}/v1/chat/completions`,
      {
        agent,
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      },
      (response) => {
        headed = true
        read(response, stream, resolve)
      },
    )
    sent.on('error', () => undefined)
    sent.on('close', () => {
      if (!headed) resolve('broken')
    })
    sent.end(chatBody({ stream }))
    if (leaveAfterMs !== null) setTimeout(() => sent.destroy(), leaveAfterMs)
  })
}

function read(response: IncomingMessage, stream: boolean, resolve: (reply: Reply) => void): void {
  const status = response.statusCode ?? 0
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
  })
  response.on('error', () => undefined)
  // What counts is what arrived: a stream that is aborted after its [DONE] was complete.
  response.on('close', () =>
    resolve({
      id: String(response.headers['x-request-id']),
      status,
      whole: stream && status === 200 ? text.includes('data: [DONE]') : response.complete,
    }),
  )
}
