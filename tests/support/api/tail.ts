// A reader of the live tail, as graphql-sse clients read it.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { TestLatchkey } from '../server/latchkey.ts'

const TAIL = `subscription ($filter: RequestLogFilter, $after: ID) {
  requestLogTail(filter: $filter, after: $after) { logs { id outcome apiKey { name } } dropped }
}`

export type TailedLog = { id: string; outcome: string; apiKey: { name: string } | null }
export type Tail = {
  response: IncomingMessage
  /** Whole events so far, comments among them, as they came. */
  raw: string[]
  /** The next event that is not a comment: its name and its data. */
  event(): Promise<{ event: string; data: string }>
  /** The logs of as many events as it takes to have this many; `dropped` adds up beside them. */
  logs(count: number): Promise<TailedLog[]>
  dropped: number
  close(): void
}

/** Opens the tail and resolves once the server has responded. */
export async function openTail(
  latchkey: Pick<TestLatchkey, 'url' | 'adminToken'>,
  variables: Record<string, unknown> = {},
  { query = TAIL, token = latchkey.adminToken }: { query?: string; token?: string } = {},
): Promise<Tail> {
  const sent = request(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    },
  })
  sent.on('error', () => undefined)
  sent.end(JSON.stringify({ query, variables }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.on('error', () => undefined)
  const raw: string[] = []
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]()
  let rest = ''

  async function block(): Promise<string> {
    for (;;) {
      const end = rest.indexOf('\n\n')
      if (end !== -1) {
        const whole = rest.slice(0, end)
        rest = rest.slice(end + 2)
        raw.push(whole)
        return whole
      }
      const { done, value } = await chunks.next()
      if (done) throw new Error('the tail has ended')
      rest += value
    }
  }

  const tail: Tail = {
    response,
    raw,
    dropped: 0,
    async event() {
      for (;;) {
        const lines = (await block()).split('\n')
        const event = lines.find((line) => line.startsWith('event: '))?.slice('event: '.length)
        if (event === undefined) continue
        const data =
          lines
            .find((line) => line.startsWith('data:'))
            ?.slice('data:'.length)
            .trim() ?? ''
        return { event, data }
      }
    },
    async logs(count) {
      const logs: TailedLog[] = []
      while (logs.length < count) {
        const { event, data } = await tail.event()
        if (event !== 'next') throw new Error(`${event} ${data}`)
        const { requestLogTail } = JSON.parse(data).data
        logs.push(...requestLogTail.logs)
        tail.dropped += requestLogTail.dropped
      }
      return logs
    },
    close: () => sent.destroy(),
  }
  return tail
}
