// Alert channels: what each is sent, to the byte where its format is another's; what is secret; how long a message is tried.
import { createHmac } from 'node:crypto'
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { inspect } from 'node:util'
import { Latchkey, verifyWebhook, WebhookVerificationError } from '@latchkey/sdk'
import { createApp } from '@latchkey/server/app/create-app.ts'
import { readConfig } from '@latchkey/server/app/settings/config.ts'
import { encryptionKey } from '@latchkey/server/app/settings/encryption-key.ts'
import { pino } from 'pino'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../support/alerts/mail-server.ts'
import { auditOf } from '../../support/api/audit-trail.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { ownCertificate } from '../../support/upstreams/own-certificate.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const PASSWORD = 'smtp-password-canary'
const TOKEN = 'url-token-canary'
const SIGNING = 'SECsigning-canary'

let latchkey: TestLatchkey
let client: Latchkey
let receiver: TestUpstream
let mail: MailServer
let aheadMs = 0
let names = 0
/** Where the name hooks.test is. */
let address = '127.0.0.1'

const resolve: LookupFunction = (name, options, callback) =>
  name === 'hooks.test'
    ? callback(null, options.all === true ? [{ address, family: 4 }] : address, 4)
    : lookup(name, options, callback)

beforeAll(async () => {
  receiver = await startUpstream((_request, response) => json(response, 200, {}))
  mail = await startMailServer()
  latchkey = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    alertTimer: false,
    lookup: resolve,
  })
  client = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
beforeEach(() => {
  receiver.received.length = 0
  receiver.respondWith((_request, response) => json(response, 200, {}))
})
afterAll(async () => {
  await latchkey.close()
  await receiver.close()
  await mail.close()
})

type ChannelInput = Parameters<Latchkey['alerts']['channels']['create']>[0]
const make = (input: Partial<ChannelInput> = {}) =>
  client.alerts.channels.create({
    name: `channel ${++names}`,
    kind: 'WEBHOOK',
    ...(input.kind === 'EMAIL' ? {} : { url: `${receiver.baseUrl}/hook?key=${TOKEN}` }),
    ...input,
  })
const email = (fields: Partial<NonNullable<ChannelInput['email']>> = {}): ChannelInput['email'] => ({
  host: '127.0.0.1',
  port: mail.port,
  security: 'NONE',
  from: 'latchkey@example.com',
  to: ['ops@example.com', 'dev@example.com'],
  ...fields,
})
const problem = (promise: Promise<unknown>) => promise.then(() => null).catch((reason: unknown) => reason)

/** A key that expires soon, and a rule that says so to a channel alone. */
async function alertTo(channelId: string, keyName = `key ${++names}`): Promise<string> {
  const { apiKey } = await client.keys.create({ name: keyName, expiresInDays: 1 })
  const { id } = await client.alerts.rules.create({
    name: `rule ${++names}`,
    kind: 'KEY_EXPIRING',
    scope: { apiKeyIds: [apiKey.id] },
    channelIds: [channelId],
  })
  await latchkey.app.alerts.evaluate()
  return id
}
const deliveries = async (channelId: string) =>
  (await client.alerts.deliveries.list({ filter: { channelId } })).items

/** The messages of a webhook, without those that other tests have left to be tried again. */
async function receivedBy(channelId: string) {
  const ids = (await deliveries(channelId)).map(({ id }) => id)
  return receiver.received.filter(({ headers }) => ids.includes(String(headers['webhook-id'])))
}

describe('a webhook', () => {
  test('is sent a signed message of the documented form, under one id and two secrets after a rotation', async () => {
    const { channel, secret = '' } = await make()
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(channel).toMatchObject({
      origin: new URL(receiver.baseUrl).origin,
      hasSecret: true,
      readable: true,
    })
    const ruleId = await alertTo(channel.id, 'ci <!channel>')
    await latchkey.app.alerts.deliver()
    const [request] = receiver.received
    // The library of Standard Webhooks reads what the SDK reads.
    const {
      'webhook-id': id = '',
      'webhook-timestamp': at = '',
      'webhook-signature': signed = '',
    } = Object(request?.headers)
    new Webhook(secret ?? '').verify(request?.body.toString() ?? '', {
      'webhook-id': id,
      'webhook-timestamp': at,
      'webhook-signature': signed,
    })
    const message = await verifyWebhook(request?.body ?? '', request?.headers ?? {}, secret ?? '', {
      nowMs: Date.now() + aheadMs,
    })
    expect(message).toEqual({
      type: 'alert.opened',
      timestamp: expect.stringMatching(/Z$/),
      data: {
        version: 1,
        rule: { id: ruleId, name: expect.any(String), kind: 'KEY_EXPIRING', severity: 'WARNING' },
        total: 1,
        alerts: [
          {
            id: expect.stringMatching(/^alt_[0-9a-f]{32}$/),
            target: { id: expect.stringMatching(/^key_/), name: 'ci <!channel>' },
            message: expect.stringContaining('expires at'),
            openedAt: expect.any(String),
            resolvedAt: null,
          },
        ],
        url: null,
      },
    })
    const [delivery] = await deliveries(channel.id)
    expect(delivery).toMatchObject({ status: 'DELIVERED', attempts: [{ status: 200, error: null }] })
    expect(request?.headers['webhook-id']).toBe(delivery?.id)
    expect(await client.alerts.deliveries.get(delivery?.id ?? '')).toMatchObject({ ...delivery })

    const rotated = await client.alerts.channels.rotateSecret(channel.id)
    await client.alerts.deliveries.replay(delivery?.id ?? '')
    await latchkey.app.alerts.deliver()
    const again = receiver.received[1]
    expect(again?.headers['webhook-id']).toBe(delivery?.id)
    expect(again?.body).toEqual(request?.body)
    for (const known of [secret, rotated.secret])
      await verifyWebhook(again?.body ?? '', again?.headers ?? {}, known ?? '', {
        nowMs: Date.now() + aheadMs,
      })
    for (const [body, headers, known] of [
      [Buffer.from('{}'), again?.headers, secret],
      [again?.body, { ...again?.headers, 'webhook-id': 'ald_other' }, secret],
      [again?.body, again?.headers, `whsec_${Buffer.alloc(32).toString('base64')}`],
      [again?.body, { ...again?.headers, 'webhook-timestamp': '1' }, secret],
      [again?.body, {}, secret],
    ] as const)
      await expect(verifyWebhook(body ?? '', headers ?? {}, known ?? '')).rejects.toThrow(
        WebhookVerificationError,
      )
    expect((await auditOf(latchkey, channel.id)).map(([action]) => action)).toEqual([
      'alert_channel.create',
      'alert_channel.rotate_secret',
      'alert_delivery.replay',
    ])
  })

  test('that fails is tried again with growing pauses, for a day, across a restart, and once it succeeds no more', async () => {
    const { channel } = await make()
    receiver.respondWith((_request, response) => json(response, 503, {}))
    await alertTo(channel.id)
    expect(await latchkey.app.alerts.deliver()).toBe(1)
    expect(await latchkey.app.alerts.deliver()).toBe(0)
    const pauses: number[] = []
    for (let attempts = 0; attempts < 3; attempts++) {
      const [waiting] = await deliveries(channel.id)
      pauses.push(Date.parse(waiting?.nextAttemptAt ?? '') - Date.now() - aheadMs)
      aheadMs += (pauses.at(-1) ?? 0) + 100
      expect(await latchkey.app.alerts.deliver()).toBe(1)
    }
    expect(pauses[0]).toBeLessThanOrEqual(5_000)
    expect(pauses[2]).toBeGreaterThan(8_000)
    expect((await deliveries(channel.id))[0]?.attempts.at(-1)).toMatchObject({
      status: 503,
      error: 'It responded with HTTP 503.',
      code: 'ERROR_STATUS',
    })

    await latchkey.app.close(1_000, 0)
    const config = {
      ...readConfig({
        LATCHKEY_PORT: '0',
        LATCHKEY_DATA_DIR: latchkey.dataDir,
        LATCHKEY_ADMIN_TOKEN: latchkey.adminToken,
      }),
      database: latchkey.database,
    }
    aheadMs += 60_000
    receiver.respondWith((_request, response) => json(response, 200, {}))
    latchkey.app = await createApp({
      config,
      encryptionKey: encryptionKey(config),
      log: pino({ level: 'silent' }),
      clock: () => Date.now() + aheadMs,
      lookup: resolve,
      alertTimer: false,
    })
    latchkey.url = await latchkey.app.listen()
    client = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    expect(await latchkey.app.alerts.deliver()).toBe(1)
    aheadMs += 60_000
    expect(await latchkey.app.alerts.deliver()).toBe(0)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect((await deliveries(channel.id))[0]).toMatchObject({ status: 'DELIVERED', nextAttemptAt: null })
  })

  test.for<[string, number, Record<string, string>, object]>([
    [
      'redirects',
      302,
      { location: 'http://169.254.169.254/' },
      { status: 'PENDING', error: /redirects are not followed/, code: 'REDIRECTED' },
    ],
    ['wants no more', 410, {}, { status: 'FAILED', error: /wants no more/, code: 'NO_MORE_WANTED' }],
    [
      'names a time',
      429,
      { 'retry-after': '1800' },
      { status: 'PENDING', error: /HTTP 429/, code: 'ERROR_STATUS' },
    ],
  ])('that %s is not tried at once', async ([, status, headers, expected]) => {
    const { channel } = await make()
    receiver.respondWith((_request, response) => {
      response.writeHead(status, headers).end('a canary')
    })
    await alertTo(channel.id)
    await latchkey.app.alerts.deliver()
    expect(await receivedBy(channel.id)).toHaveLength(1)
    const { status: state, error, code } = expected as { status: string; error: RegExp; code: string }
    const [delivery] = await deliveries(channel.id)
    expect(delivery).toMatchObject({
      status: state,
      attempts: [{ status, error: expect.stringMatching(error), code }],
    })
    if (status === 429)
      expect(Date.parse(delivery?.nextAttemptAt ?? '') - Date.now() - aheadMs).toBeGreaterThan(1_700_000)
  })

  test('that is not reached for a day is given up', async () => {
    const { channel } = await make({ url: 'http://127.0.0.1:1/' })
    await alertTo(channel.id)
    await latchkey.app.alerts.deliver()
    aheadMs += 25 * 3_600_000
    await latchkey.app.alerts.deliver()
    expect((await deliveries(channel.id))[0]).toMatchObject({
      status: 'FAILED',
      attempts: [
        {
          error: 'Nothing listens there. Check the port, and that the service there runs.',
          code: 'CONNECTION_REFUSED',
        },
        {},
      ],
    })
    // As versions before codes have stored it.
    const attempts = JSON.stringify([{ atMs: 0, durationMs: 1, status: 503, error: 'It failed.' }])
    const where = { channelId: Number(channel.id.slice('ach_'.length)) }
    await latchkey.app.store.prisma.alertDelivery.updateMany({ where, data: { attempts } })
    expect((await deliveries(channel.id))[0]?.attempts).toMatchObject([
      { status: 503, error: 'It failed.', code: null },
    ])
  })

  test('whose name comes to mean a metadata address is not connected to', async () => {
    const { channel } = await make({ url: `http://hooks.test:${new URL(receiver.baseUrl).port}/` })
    expect(await client.alerts.channels.test(channel.id)).toMatchObject({ ok: true, status: 200 })
    address = '169.254.169.254'
    expect(await client.alerts.channels.test(channel.id)).toMatchObject({
      ok: false,
      status: null,
      message: expect.stringContaining('169.254.169.254'),
      code: 'ADDRESS_FORBIDDEN',
      detail: { address: '169.254.169.254' },
    })
    address = '127.0.0.1'
    expect(receiver.received).toHaveLength(1)
    expect((await deliveries(channel.id)).map(({ event, status }) => [event, status])).toEqual([
      ['TEST', 'FAILED'],
      ['TEST', 'DELIVERED'],
    ])
    expect((await auditOf(latchkey, channel.id)).map(([action]) => action)).toContain('alert_channel.test')
  })

  test('about more than 20 alerts is one message, which lists 20', async () => {
    const { channel } = await make()
    const { items } = await client.alerts.rules.list()
    for (const { id } of items) await client.alerts.rules.update(id, { enabled: false })
    for (let keys = 0; keys < 22; keys++)
      await client.keys.create({ name: `one of many ${keys}`, expiresInDays: 1 })
    await client.alerts.rules.create({
      name: 'many',
      kind: 'KEY_EXPIRING',
      withinDays: 2,
      channelIds: [channel.id],
    })
    await latchkey.app.alerts.evaluate()
    await latchkey.app.alerts.deliver()
    const ours = await receivedBy(channel.id)
    expect(ours).toHaveLength(1)
    const { data } = (ours[0]?.json ?? {}) as { data?: { total: number; alerts: unknown[] } }
    expect(data?.total).toBeGreaterThanOrEqual(22)
    expect(data?.alerts).toHaveLength(20)
  })
})

describe('a chat', () => {
  const text = 'Latchkey: test message\nThis channel can receive alerts.'

  test.for<[NonNullable<ChannelInput['kind']>, string | undefined, unknown, boolean]>([
    ['SLACK', undefined, 'ok', true],
    ['FEISHU', SIGNING, { code: 0, msg: 'success', data: {} }, true],
    ['FEISHU', SIGNING, { code: 19021, msg: 'sign match fail' }, false],
    ['FEISHU', undefined, { StatusCode: 0, StatusMessage: 'success' }, true],
    ['DINGTALK', SIGNING, { errcode: 0, errmsg: 'ok' }, true],
    ['DINGTALK', SIGNING, { errcode: 310000, errmsg: `sign not match ${SIGNING}` }, false],
    ['DINGTALK', undefined, 'not json', false],
    ['WECOM', undefined, { errcode: 0, errmsg: 'ok' }, true],
    ['WECOM', undefined, { errcode: 93000, errmsg: 'invalid webhook url' }, false],
  ])('%s with the secret %s and the response %j', async ([kind, secret, reply, ok]) => {
    receiver.respondWith((_request, response) => {
      if (typeof reply === 'string') response.end(reply)
      else json(response, 200, reply as object)
    })
    const { channel, secret: made } = await make({ kind, ...(secret && { secret }) })
    expect(made).toBeNull()
    const result = await client.alerts.channels.test(channel.id)
    expect(result).toMatchObject({ ok, status: 200 })
    expect(inspect(result)).not.toContain('canary')
    const [request] = receiver.received
    const query = new URL(request?.path ?? '', 'http://chat').searchParams
    expect(query.get('key')).toBe(TOKEN)
    const body = request?.json as Record<string, string>
    switch (kind) {
      case 'SLACK':
        return expect(body).toEqual({ text })
      case 'FEISHU': {
        const { timestamp, sign } = body
        expect(body).toEqual({
          ...(secret && { timestamp, sign }),
          msg_type: 'text',
          content: { text },
        })
        if (!secret) return
        expect(timestamp).toMatch(/^\d{10}$/)
        return expect(sign).toBe(createHmac('sha256', `${timestamp}\n${secret}`).digest('base64'))
      }
      default: {
        expect(body).toEqual({ msgtype: 'text', text: { content: text } })
        const timestamp = query.get('timestamp')
        if (!secret) return expect(timestamp).toBeNull()
        const signed = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
        expect(timestamp).toMatch(/^\d{13}$/)
        return expect(query.get('sign')).toBe(signed)
      }
    }
  })

  test.for<[NonNullable<ChannelInput['kind']>, string]>([
    ['SLACK', '&lt;!channel&gt;'],
    ['FEISHU', '＜!channel＞'],
    ['WECOM', '＜!channel＞'],
  ])('%s mentions nobody whom a name mentions', async ([kind, escaped]) => {
    const { channel } = await make({ kind })
    await alertTo(channel.id, `<!channel> ${'多'.repeat(30)}`)
    await latchkey.app.alerts.deliver()
    // A webhook of another test may be tried again.
    const posted = receiver.received.find(({ headers }) => headers['webhook-id'] === undefined)
    const body = posted?.body.toString() ?? ''
    expect(body).toContain(escaped)
    expect(body).not.toContain('<!channel>')
  })
})

describe('e-mail', () => {
  test('goes to all recipients, as text, with one id, and no name breaks out of its subject', async () => {
    const { channel } = await make({ kind: 'EMAIL', email: email() })
    expect(channel).toMatchObject({ origin: `smtp://127.0.0.1:${mail.port}`, hasSecret: false })
    await alertTo(channel.id, 'ünï <b>')
    await latchkey.app.alerts.deliver()
    const [received] = mail.received.splice(0)
    const [delivery] = await deliveries(channel.id)
    expect(received).toMatchObject({
      from: 'latchkey@example.com',
      to: ['ops@example.com', 'dev@example.com'],
    })
    expect(received?.text).toContain(`Message-ID: <${delivery?.id}@latchkey>`)
    expect(delivery).toMatchObject({ status: 'DELIVERED', attempts: [{ status: 250 }] })
    mail.refuse(451)
    expect(await client.alerts.channels.test(channel.id)).toMatchObject({
      ok: false,
      status: 451,
      message: expect.stringContaining('SMTP 451'),
      code: 'SMTP_MESSAGE_REFUSED',
    })
    mail.refuse(null)
  })

  test('is not sent over TLS to a certificate that is not trusted, nor without the STARTTLS that it needs', async () => {
    const tls = await startMailServer({
      certificate: ownCertificate('localhost'),
      login: { user: 'latchkey', password: PASSWORD },
    })
    const settings = { port: tls.port, security: 'STARTTLS' as const, username: 'latchkey' }
    const { channel } = await make({ kind: 'EMAIL', email: email(settings), secret: PASSWORD })
    expect(channel.hasSecret).toBe(true)
    const result = await client.alerts.channels.test(channel.id)
    expect(result).toMatchObject({ ok: false, message: expect.stringMatching(/certificate|TLS/) })
    await client.alerts.channels.update(channel.id, {
      email: email({ security: 'STARTTLS', username: 'latchkey' }),
      secret: PASSWORD,
    })
    expect(await client.alerts.channels.test(channel.id)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/STARTTLS/),
      code: 'SMTP_TLS_FAILED',
    })
    expect(tls.received).toEqual([])
    await tls.close()
  })
})

describe('an input', () => {
  test.for<[Partial<ChannelInput>, string, string[]]>([
    [{ name: '' }, 'REQUIRED', ['name']],
    [{ url: 'ftp://a.test' }, 'INVALID', ['url']],
    [{ url: 'http://u:canary@a.test/' }, 'INVALID', ['url']],
    [{ url: 'http://169.254.169.254/canary' }, 'INVALID', ['url']],
    [{ url: 'http://[::ffff:169.254.169.254]/' }, 'INVALID', ['url']],
    [{ url: 'http://2852039166/' }, 'INVALID', ['url']],
    [{ url: 'http://metadata.google.internal/' }, 'INVALID', ['url']],
    [{ url: `http://a.test/${'x'.repeat(2_100)}` }, 'TOO_LONG', ['url']],
    [{ kind: 'SLACK', url: null }, 'REQUIRED', ['url']],
    [{ secret: 'canary' }, 'INVALID', ['secret']],
    [{ kind: 'WECOM', secret: 'canary' }, 'INVALID', ['secret']],
    [{ kind: 'FEISHU', secret: '' }, 'REQUIRED', ['secret']],
    [
      { kind: 'SLACK', email: { host: 'a.test', port: 25, security: 'NONE', from: 'a@b.c', to: ['a@b.c'] } },
      'INVALID',
      ['email'],
    ],
    [{ kind: 'EMAIL' }, 'REQUIRED', ['email']],
    [
      {
        kind: 'EMAIL',
        email: { host: '169.254.169.254', port: 25, security: 'NONE', from: 'a@b.c', to: ['a@b.c'] },
      },
      'INVALID',
      ['email', 'host'],
    ],
    [
      { kind: 'EMAIL', email: { host: 'a.test', port: 0, security: 'NONE', from: 'a@b.c', to: ['a@b.c'] } },
      'OUT_OF_RANGE',
      ['email', 'port'],
    ],
    [
      {
        kind: 'EMAIL',
        email: { host: 'a.test', port: 25, security: 'NONE', username: 'u', from: 'a@b.c', to: ['a@b.c'] },
        secret: 'canary',
      },
      'INVALID',
      ['email', 'security'],
    ],
    [
      {
        kind: 'EMAIL',
        email: { host: 'a.test', port: 25, security: 'TLS', username: 'u', from: 'a@b.c', to: ['a@b.c'] },
      },
      'REQUIRED',
      ['secret'],
    ],
    [
      {
        kind: 'EMAIL',
        email: { host: 'a.test', port: 25, security: 'TLS', from: 'a@b.c\r\nBcc: x@y.z', to: ['a@b.c'] },
      },
      'INVALID',
      ['email', 'from'],
    ],
    [
      {
        kind: 'EMAIL',
        email: { host: 'a.test', port: 25, security: 'TLS', from: 'a@b.c', to: ['no address'] },
      },
      'INVALID',
      ['email', 'to', '0'],
    ],
    [
      { kind: 'EMAIL', email: { host: 'a.test', port: 25, security: 'TLS', from: 'a@b.c', to: [] } },
      'OUT_OF_RANGE',
      ['email', 'to'],
    ],
  ])('%j is refused with %s', async ([input, code, field]) => {
    const error = await problem(make(input))
    expect(error).toMatchObject({ userErrors: [{ code, field: ['input', ...field] }] })
    expect(inspect(error)).not.toContain('canary')
  })

  test('to another SMTP server needs the password again, and a name is taken once', async () => {
    const settings = email({ security: 'TLS', username: 'u' })
    const { channel } = await make({ kind: 'EMAIL', email: settings, secret: PASSWORD })
    const moved = client.alerts.channels.update(channel.id, {
      email: email({ port: 1, security: 'TLS', username: 'u' }),
    })
    expect(await problem(moved)).toMatchObject({
      userErrors: [{ code: 'REQUIRED', field: ['input', 'secret'] }],
    })
    const kept = await client.alerts.channels.update(channel.id, {
      email: email({ security: 'STARTTLS', username: 'u' }),
    })
    expect(kept).toMatchObject({ hasSecret: true, readable: true, version: 2 })
    expect(await problem(make({ name: channel.name }))).toMatchObject({ userErrors: [{ code: 'TAKEN' }] })
    const stale = client.alerts.channels.update(channel.id, { name: 'other', expectedVersion: 1 })
    expect(await problem(stale)).toMatchObject({ userErrors: [{ code: 'STALE' }] })
    const { channel: used } = await make()
    const ruleId = await alertTo(used.id)
    expect(await problem(client.alerts.channels.delete(used.id))).toMatchObject({
      userErrors: [{ code: 'IN_USE' }],
    })
    await client.alerts.rules.delete(ruleId)
    await client.alerts.channels.delete(used.id)
    await expect(client.alerts.channels.get(used.id)).rejects.toThrow('no such alert channel')
  })
})

test('no secret of a channel is in what can be read, nor in the clear in the database', async () => {
  const { prisma } = latchkey.app.store
  const rows = [
    await prisma.alertChannel.findMany(),
    await prisma.alertDelivery.findMany(),
    await prisma.auditEvent.findMany(),
  ]
  const seen = [
    rows,
    (await client.alerts.channels.list({ first: 100 })).items,
    (await client.alerts.deliveries.list({ first: 100 })).items,
  ]
  const text = inspect(seen, { depth: 8, maxArrayLength: 1_000, maxStringLength: 100_000 })
  expect(text).not.toMatch(/canary|whsec_/)
})
