import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  ConnectionError,
  Latchkey,
  type LatchkeyOptions,
  TimeoutError,
} from '../index.ts'

type Call = { query: string; variables: Record<string, unknown>; accept: string | undefined }

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that responds to each subscription with the next of `answers`, the last one for ever. */
async function serve(responses: ((response: ServerResponse) => void)[], options: LatchkeyOptions = {}) {
  const calls: Call[] = []
  server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    calls.push({ ...JSON.parse(text), accept: request.headers.accept })
    const reply = responses[Math.min(calls.length, responses.length) - 1]
    response.setHeader('content-type', 'text/event-stream')
    reply?.(response)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { calls, latchkey: new Latchkey({ url, adminToken: 'lk-admin-1', ...options }) }
}

function event(ids: string[], dropped = 0): string {
  const logs = ids.map((id) => ({ id }))
  return `event: next\ndata: ${JSON.stringify({ data: { requestLogTail: { logs, dropped } } })}\n\n`
}

const complete = 'event: complete\ndata:\n\n'
const unauthenticated = JSON.stringify({
  errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }],
})

describe('a tail', () => {
  it('yields each log, sends the right request, and disconnects when its reader stops', async () => {
    let closed: () => void = () => undefined
    const disconnected = new Promise<void>((resolve) => {
      closed = resolve
    })
    const { latchkey, calls } = await serve([
      (response) => {
        response.on('close', closed)
        // Events come in whatever pieces the network makes of them.
        const text = `:\n\n${event(['a', 'b'])}${event(['c'], 4)}`
        response.write(text.slice(0, 40))
        setImmediate(() => response.write(text.slice(40)))
      },
    ])
    const tail = latchkey.logs.tail({ model: ['m1'] }, { after: 'z' })
    const ids: string[] = []
    for await (const log of tail) if (ids.push(log.id) === 3) break
    expect([ids, tail.dropped]).toEqual([['a', 'b', 'c'], 4])
    expect(calls[0]).toMatchObject({
      accept: 'text/event-stream',
      variables: { filter: { model: ['m1'] }, after: 'z' },
    })
    await disconnected
  })

  it('comes back after a lost connection and after a completed stream, from where it was, without doubles', async () => {
    const { latchkey, calls } = await serve([
      (response) => {
        response.write(event(['a', 'b']), () => response.destroy())
      },
      (response) => {
        response.end(event(['b', 'c']) + complete)
      },
      (response) => {
        response.write(event(['d']))
      },
    ])
    const ids: string[] = []
    for await (const { id } of latchkey.logs.tail()) if (ids.push(id) === 4) break
    expect(ids).toEqual(['a', 'b', 'c', 'd'])
    expect(calls.map(({ variables }) => variables.after)).toEqual([undefined, 'b', 'c'])
  })

  it.each([
    [
      'a refusal',
      [(response: ServerResponse) => void response.writeHead(401).end(unauthenticated)],
      AuthenticationError,
    ],
    [
      'a refusal in an event',
      [
        (response: ServerResponse) =>
          void response.end(`event: next\ndata: ${unauthenticated}\n\n${complete}`),
      ],
      AuthenticationError,
    ],
    ['no connection at the start', [(response: ServerResponse) => void response.destroy()], ConnectionError],
    ['silence', [(response: ServerResponse) => void response.flushHeaders()], TimeoutError],
  ])('ends with %s', async (_name, responses, expected) => {
    const { latchkey } = await serve(responses, { maxRetries: 0, timeoutMs: 50 })
    const error = await Array.fromAsync(latchkey.logs.tail()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(expected)
  })

  it('ends with the reason of its signal, also while it waits', async () => {
    const { latchkey } = await serve([(response) => void response.write(event(['a']))])
    const stop = new AbortController()
    const reading = (async () => {
      for await (const _log of latchkey.logs.tail({}, { signal: stop.signal }))
        stop.abort(new Error('left the page'))
    })()
    await expect(reading).rejects.toThrow('left the page')
  })
})
