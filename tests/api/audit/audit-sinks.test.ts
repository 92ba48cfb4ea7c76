import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { systemActor } from '@latchkey/server/domain/admins/actor.ts'
import { auditEvent } from '@latchkey/server/domain/audit/audit-event.ts'
import { sealCommitted } from '@latchkey/server/services/audit/seal-events.ts'
import { type AuditSink, runSink, type SinkRun } from '@latchkey/server/services/audit/sinks/audit-sink.ts'
import { syslogSink } from '@latchkey/server/services/audit/sinks/syslog-sink.ts'
import { webhookSink } from '@latchkey/server/services/audit/sinks/webhook-sink.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import type { Store } from '@latchkey/server/store/store.ts'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestDatabase } from '../../support/databases/test-database.ts'
import { listenOnLoopback } from '../../support/listen-on-loopback.ts'
import { startLatchkey } from '../../support/server/latchkey.ts'
import { ownCertificate } from '../../support/upstreams/own-certificate.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const PATIENT = { timeout: 20_000, interval: 10 }

let database: string
let drop: () => Promise<void>
let store: Store
let receiver: TestUpstream
let runs: SinkRun[] = []
let problems: (string | null)[] = []

beforeAll(async () => {
  ;({ database, drop } = await createTestDatabase())
  store = await openStore(database)
  receiver = await startUpstream((_request, response) => json(response, 200, {}))
})
beforeEach(async () => {
  for (const table of ['AuditEvent', 'AuditChain', 'AuditCursor'])
    await store[SQL].batch([{ text: `DELETE FROM "${table}"`, values: [] }])
  receiver.received.length = 0
  receiver.respondWith((_request, response) => json(response, 200, {}))
  problems = []
})
afterEach(async () => {
  await Promise.all(runs.map((run) => run.close()))
  runs = []
})
afterAll(async () => {
  await receiver.close()
  await store.close()
  await drop()
})

async function seal(count: number, name = 'ünï'): Promise<void> {
  const actor = systemActor(name, { ip: '192.0.2.1', requestId: null })
  const data = Array.from({ length: count }, (_, at) =>
    auditEvent(actor, 'admin.sign_in_failed', null, 1_000 * at, [{ path: 'n', before: null, after: at }]),
  )
  await store.prisma.auditEvent.createMany({ data })
  await sealCommitted(store)
}

function start(sink: AuditSink): SinkRun {
  const run = runSink(store, sink, {
    onProblem: (_name, problem) => problems.push(problem),
    retryMs: { first: 1, max: 5 },
  })
  runs.push(run)
  return run
}

const webhook = () => webhookSink({ url: `${receiver.baseUrl}/hook`, secret: SECRET }, Date.now)
const ids = () => receiver.received.map(({ headers }) => headers['webhook-id'])

describe('the webhook', () => {
  test('gets each event once, in order, signed as Standard Webhooks are', async () => {
    await seal(3)
    const run = start(webhook())
    await vi.waitFor(() => expect(ids()).toEqual(['audit_1', 'audit_2', 'audit_3']), PATIENT)
    await seal(1)
    run.wake()
    await vi.waitFor(() => expect(ids()).toHaveLength(4), PATIENT)
    const [first] = receiver.received
    const message = new Webhook(SECRET).verify(String(first?.body), first?.headers as Record<string, string>)
    expect(message).toMatchObject({
      type: 'audit.admin.sign_in_failed',
      timestamp: '1970-01-01T00:00:00.000Z',
      data: {
        id: expect.stringMatching(/^aud_\d+$/),
        actor: { type: 'SYSTEM', id: null, name: 'ünï' },
        ip: '192.0.2.1',
        changes: [{ path: 'n', before: null, after: 0 }],
        chainPosition: 1,
        chainHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    })
    expect(() =>
      new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`).verify(
        String(first?.body),
        first?.headers as Record<string, string>,
      ),
    ).toThrow()
  })

  test('that fails gets the same event again, and no later one before it', async () => {
    let failures = 0
    receiver.respondWith((_request, response) => json(response, failures++ < 3 ? 500 : 204, {}))
    await seal(2)
    start(webhook())
    await vi.waitFor(() => expect(ids()).toEqual([...Array(4).fill('audit_1'), 'audit_2']), PATIENT)
    // Said once, and once that it is over.
    expect(problems).toEqual(['the webhook responded with status 500', null])
    expect(JSON.stringify(problems)).not.toContain('/hook')
  })

  test('goes on after a restart where it was', async () => {
    await seal(2)
    const first = start(webhook())
    await vi.waitFor(() => expect(ids()).toHaveLength(2), PATIENT)
    await first.close()
    await seal(2)
    start(webhook())
    // What was taken just before the stop may be sent once more.
    const each = () => [...new Set(ids())]
    await vi.waitFor(() => expect(each()).toEqual(['audit_1', 'audit_2', 'audit_3', 'audit_4']), PATIENT)
  })

  test('that redirects has not taken it', async () => {
    receiver.respondWith((_request, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await seal(1)
    start(webhook())
    await vi.waitFor(() => expect(ids().length).toBeGreaterThan(1), PATIENT)
    expect(new Set(receiver.received.map(({ path }) => path)).size).toBe(1)
  })
})

/** What arrived at a stream, all connections together. */
function collect(server: Server): { text: string; connections: number } {
  const seen = { text: '', connections: 0 }
  server.on('connection', () => seen.connections++)
  server.on(server.listenerCount('secureConnection') > 0 ? 'secureConnection' : 'connection', (socket) =>
    socket.setEncoding('utf8').on('data', (text: string) => {
      seen.text += text
    }),
  )
  return seen
}

describe('syslog', () => {
  test('over TCP has its length before each message, which is RFC 5424 in ASCII', async () => {
    const server = createServer()
    const seen = collect(server)
    const port = await listenOnLoopback(server)
    await seal(2)
    start(syslogSink({ protocol: 'tcp', host: '127.0.0.1', port }))
    await vi.waitFor(() => expect(messagesIn(seen.text)).toHaveLength(2), PATIENT)
    const [first = ''] = messagesIn(seen.text)
    // Facility 13, and a warning.
    expect(first).toMatch(/^<108>1 1970-01-01T00:00:00\.000Z \S+ latchkey - admin\.sign_in_failed - \{/)
    expect(first).toMatch(/^[\x20-\x7e]*$/)
    expect(JSON.parse(first.slice(first.indexOf('{')))).toMatchObject({
      actor: { name: 'ünï' },
      chainPosition: 1,
    })
    expect(seen.connections).toBe(1)
    server.close()
  })

  test('over TLS is sent to a receiver whose certificate is known, and to no other', async () => {
    const { cert, key } = ownCertificate('localhost')
    const server = createTlsServer({ cert, key })
    let text = ''
    server.on('secureConnection', (socket) =>
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part
      }),
    )
    server.on('tlsClientError', () => undefined)
    const port = await listenOnLoopback(server)
    await seal(1)
    const unknown = start(syslogSink({ protocol: 'tls', host: 'localhost', port }))
    await vi.waitFor(() => expect(problems).toHaveLength(1), PATIENT)
    expect(problems[0]).toMatch(/certificate/)
    expect(text).toBe('')
    await unknown.close()
    start(syslogSink({ protocol: 'tls', host: 'localhost', port }, cert))
    await vi.waitFor(() => expect(messagesIn(text)).toHaveLength(1), PATIENT)
    server.close()
  })

  test('over UDP is a datagram each', async () => {
    const socket = createSocket('udp4')
    const messages: string[] = []
    socket.on('message', (bytes) => messages.push(bytes.toString()))
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    await seal(2)
    start(syslogSink({ protocol: 'udp', host: '127.0.0.1', port: socket.address().port }))
    await vi.waitFor(() => expect(messages).toHaveLength(2), PATIENT)
    expect(messages[1]).toContain('"chainPosition":2')
    socket.close()
  })

  test('that closes its connections is connected to anew', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end())
    })
    const seen = collect(server)
    const port = await listenOnLoopback(server)
    await seal(1)
    const run = start(syslogSink({ protocol: 'tcp', host: '127.0.0.1', port }))
    await vi.waitFor(() => expect(messagesIn(seen.text)).toHaveLength(1), PATIENT)
    await vi.waitFor(async () => {
      await seal(1)
      run.wake()
      expect(seen.connections).toBeGreaterThan(1)
      expect(messagesIn(seen.text).length).toBeGreaterThan(1)
    }, PATIENT)
    server.close()
  })
})

test('a server sends what is done to it to the webhook of its settings', async () => {
  const env = {
    LATCHKEY_AUDIT_WEBHOOK_URL: `${receiver.baseUrl}/hook`,
    LATCHKEY_AUDIT_WEBHOOK_SECRET: SECRET,
  }
  const latchkey = await startLatchkey({ env })
  try {
    await latchkey.createKey({ name: 'sent' })
    await vi.waitFor(
      () =>
        expect(receiver.received.map(({ body }) => String(body)).join()).toContain('"targetLabel":"sent"'),
      PATIENT,
    )
  } finally {
    await latchkey.close()
  }
})

/** The messages of a stream of counted octets. */
function messagesIn(stream: string): string[] {
  const messages: string[] = []
  for (let at = 0; at < stream.length; ) {
    const space = stream.indexOf(' ', at)
    const length = Number(stream.slice(at, space))
    const message = stream.slice(space + 1, space + 1 + length)
    if (space === -1 || message.length < length) break
    messages.push(message)
    at = space + 1 + length
  }
  return messages
}
