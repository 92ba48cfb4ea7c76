// A server that has seen a secret of every kind there is, each used as it is meant to be and where it is wrong.
import { lookup } from 'node:dns'
import { PassThrough } from 'node:stream'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Latchkey } from '@latchkey/sdk'
import { Secret, TOTP } from 'otpauth'
import { pino } from 'pino'
import { vi } from 'vitest'
import { type MailServer, startMailServer } from '../alerts/mail-server.ts'
import { graphql, PASSWORD, SIGN_IN, sessionHeaders, signIn } from '../api/client.ts'
import { accept, invite, signedInAs } from '../api/people.ts'
import { openRealtime } from '../clients/realtime-client.ts'
import { setProvider, signInAt } from '../sso/sso-client.ts'
import { CLIENT_SECRET, startTestProvider, type TestProvider } from '../sso/test-provider.ts'
import { ownCertificate } from '../upstreams/own-certificate.ts'
import { startSecretUpstream } from '../upstreams/secret-upstream.ts'
import { json, startUpstream, type TestUpstream } from '../upstreams/upstream.ts'
import { chat, post } from './gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from './latchkey.ts'

const MAIL_HOST = 'mail.test'

const PLANTED = {
  credential: 'sk-canary-of-a-credential-3f9a',
  secretHeader: 'canary-of-a-header-81c2',
  urlToken: 'canary-of-a-url-77d0',
  smtpPassword: 'canary-of-smtp-5be4',
  auditSecret: `whsec_${Buffer.from('canary-of-the-audit-sink-0123456').toString('base64')}`,
  clientSecret: CLIENT_SECRET,
  password: PASSWORD,
  ownKeySecret: 'own-canary-secret-of-a-key-0a1b2c3d4e5f',
}

export type Planted = {
  latchkey: TestLatchkey
  /** By kind: those of PLANTED and those that the server has made. */
  secrets: Record<string, string>
  /** By what it is: every text that has left the server, but for those in which a secret is shown once. */
  texts: Map<string, string>
  close(): Promise<void>
}

/** What the receivers of one server have got, and what the server has said. */
type Scene = {
  latchkey: TestLatchkey
  client: Latchkey
  secrets: Record<string, string>
  responses: string[]
  mail: MailServer
  receiver: TestUpstream
  provider: TestProvider
}

/** A server that has had a secret of every kind in every place where one may stand. */
export async function plantSecrets(): Promise<Planted> {
  const upstream = await startSecretUpstream([PLANTED.credential])
  const receiver = await startUpstream((_request, response) => json(response, 200, {}))
  const certificate = ownCertificate(MAIL_HOST)
  const mail = await startMailServer({
    certificate,
    login: { user: 'ops', password: PLANTED.smtpPassword },
  })
  setDefaultCACertificates([...getCACertificates('default'), certificate.cert])
  const written: string[] = []
  const latchkey = await startLatchkey({
    alertTimer: false,
    lookup: (name, options, callback) =>
      name === MAIL_HOST
        ? callback(null, [{ address: '127.0.0.1', family: 4 }])
        : lookup(name, options, callback),
    log: pino(
      { level: 'trace' },
      new PassThrough().on('data', (line) => written.push(String(line))),
    ),
    env: {
      LATCHKEY_ADMIN_PASSWORD: PLANTED.password,
      LATCHKEY_CONTENT_CAPTURE: 'full',
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_UPSTREAM_KEY: PLANTED.credential,
      LATCHKEY_AUDIT_WEBHOOK_URL: `${receiver.baseUrl}/audit?token=${PLANTED.urlToken}`,
      LATCHKEY_AUDIT_WEBHOOK_SECRET: PLANTED.auditSecret,
    },
  })
  const provider = await startTestProvider(latchkey.url)
  const client = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const secrets: Record<string, string> = { ...PLANTED, environmentToken: latchkey.adminToken }
  const scene: Scene = { latchkey, client, secrets, responses: [], mail, receiver, provider }
  await plantKeys(scene)
  await plantPeople(scene)
  await plantReceivers(scene)
  await misplace(scene)
  await receiverHas(receiver, 'secret-leaks')
  const received = receiver.received.map(({ headers, body }) => JSON.stringify(headers) + body.toString())
  return {
    latchkey,
    secrets,
    texts: new Map([
      ['the log', written.join('')],
      ['responses', scene.responses.join('\n')],
      ['webhooks', received.join('\n')],
      ['e-mail', mail.received.map(({ text }) => text).join('\n')],
    ]),
    async close() {
      await latchkey.close()
      await Promise.all([upstream.close(), receiver.close(), mail.close(), provider.stop()])
    },
  }
}

async function plantKeys({ client, latchkey, secrets, responses }: Scene): Promise<void> {
  const { apiKey, secret } = await client.keys.create({ name: 'planted', keepEncryptedCopy: true })
  secrets.formerKeySecret = secret
  const rotated = await client.keys.rotate(apiKey.id, { graceSeconds: 3_600 })
  secrets.keySecret = rotated.secret
  await client.keys.import({ items: [{ name: 'own', secret: PLANTED.ownKeySecret }] })
  for (const sent of [secret, rotated.secret, PLANTED.ownKeySecret]) {
    // The upstream repeats what it is sent, to a client that has said it.
    const messages = [{ role: 'user', content: `My key is ${sent}, and Bearer ${PLANTED.credential}.` }]
    await textOf(chat(latchkey, sent, { model: 'gpt-realtime', messages, prompt_cache_key: sent }))
    const headers = { authorization: `Bearer ${sent}` }
    responses.push(await textOf(fetch(`${latchkey.url}/v1/key`, { headers })))
    await sendAsText(latchkey, sent)
  }
  const made = await post(latchkey, rotated.secret, '/v1/realtime/client_secrets', MAKE)
  secrets.clientSecretOfASession = ((await made.json()) as { value: string }).value
  await client.upstreams.create({
    name: 'planted',
    kind: 'GENERIC',
    baseUrl: 'http://127.0.0.1:9/v1',
    credentials: [{ secret: PLANTED.credential }],
    headers: [{ name: 'x-secret', value: PLANTED.secretHeader, secret: true }],
  })
}

/** A key where a client has other texts: a tag, a name of a model, a part of a path, a name of its own. */
async function sendAsText(latchkey: TestLatchkey, secret: string): Promise<void> {
  const texts = [secret, secret.toUpperCase(), secret.replace(/^sk-/, '')]
  for (const text of texts) {
    const fields = { user: text, safety_identifier: text, metadata: { job: text, [text]: '1' } }
    const tags = { headers: { 'x-latchkey-tags': `job=${text}`, 'user-agent': `app/1 (${text})` } }
    await textOf(chat(latchkey, secret, { ...fields, model: 'gpt-realtime' }))
    await textOf(chat(latchkey, secret, { model: 'gpt-realtime' }, tags))
    await textOf(chat(latchkey, secret, { model: text, stream: true }))
    const protocols = ['realtime', `openai-insecure-api-key.${secret}`]
    const refused = openRealtime(latchkey, null, { query: `?model=${text}&x=1`, protocols })
    await refused.then(({ socket }) => socket.close()).catch(() => undefined)
    for (const path of ['models', 'files', 'responses', 'no-such-path'])
      await textOf(
        fetch(`${latchkey.url}/v1/${path}/${text}`, { headers: { authorization: `Bearer ${secret}` } }),
      )
  }
}

const MAKE = JSON.stringify({ session: { type: 'realtime', model: 'gpt-realtime' } })

async function plantPeople({ client, latchkey, secrets, provider }: Scene): Promise<void> {
  const { token, adminToken } = await client.adminTokens.create({ name: 'planted', scopes: ['keys:read'] })
  secrets.formerAdminToken = token
  secrets.madeAdminToken = (await client.adminTokens.rotate(adminToken.id, { graceSeconds: 3_600 })).token
  const open = await invite(latchkey, { role: 'VIEWER' })
  secrets.invitation = open.token
  const used = await invite(latchkey, { role: 'VIEWER' })
  secrets.usedInvitation = used.token
  await accept(latchkey, used.token, 'invited')
  const { id, cookie } = await signedInAs(latchkey, 'ADMIN', 'planted')
  secrets.cookie = cookie.split('=')[1] ?? ''
  secrets.sessionSecret = sessionHeaders(cookie)['x-latchkey-session'] ?? ''
  secrets.passwordLink = (await client.admins.resetPassword(id)).url.split('#token=')[1] ?? ''
  const enrolled = await graphql(latchkey, 'mutation { enrolTotp { secret } }', {}, { cookie })
  secrets.totpSecret = enrolled.data.enrolTotp.secret
  const code = new TOTP({ secret: Secret.fromBase32(secrets.totpSecret ?? '') }).generate()
  const confirmed = await graphql(latchkey, CONFIRM, { input: { code } }, { cookie })
  secrets.backupCode = confirmed.data.confirmTotp.backupCodes[0]
  await signIn(latchkey)
  await setProvider(latchkey, provider, { createsAdmins: true, defaultRole: 'VIEWER' })
  provider.people.set('ada', { email: 'ada@example.com', email_verified: true })
  const { cookie: opened } = await signInAt(latchkey, provider, 'ada')
  secrets.cookieOfSso = opened?.split('=')[1] ?? ''
}

const CONFIRM = 'mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) { backupCodes } }'

/** Channels, each with a message, and one whose receiver refuses it and repeats what it was sent. */
async function plantReceivers({
  client,
  latchkey,
  secrets,
  receiver,
  mail,
  responses,
}: Scene): Promise<void> {
  const url = `${receiver.baseUrl}/hook?key=${PLANTED.urlToken}`
  const hook = await client.alerts.channels.create({ name: 'hook', kind: 'WEBHOOK', url })
  secrets.signingSecret = hook.secret ?? ''
  const email = {
    ...{ host: MAIL_HOST, port: mail.port, security: 'STARTTLS' as const, username: 'ops' },
    ...{ from: 'latchkey@example.com', to: ['ops@example.com'] },
  }
  const secret = PLANTED.smtpPassword
  const post = await client.alerts.channels.create({ name: 'mail', kind: 'EMAIL', secret, email })
  await client.alerts.rules.create({
    name: 'expiring',
    kind: 'KEY_EXPIRING',
    channelIds: [hook.channel.id, post.channel.id],
  })
  await client.keys.create({ name: 'secret-leaks', expiresInDays: 1 })
  await latchkey.app.alerts.evaluate()
  for (const { id } of [hook.channel, post.channel])
    responses.push(JSON.stringify(await client.alerts.channels.test(id)))
  receiver.respondWith((request, response) => json(response, 500, { error: [request.path, request.headers] }))
  responses.push(JSON.stringify(await client.alerts.channels.test(hook.channel.id)))
  receiver.respondWith((_request, response) => json(response, 200, {}))
  mail.refuse(550)
  responses.push(JSON.stringify(await client.alerts.channels.test(post.channel.id)))
  mail.refuse(null)
}

/** Each secret where it does not belong: as another kind of credential, in an address, and in a request that is refused. */
async function misplace({ latchkey, secrets, responses }: Scene): Promise<void> {
  const { url } = latchkey
  for (const secret of Object.values(secrets)) {
    const authorization = `Bearer ${encodeURIComponent(secret)}`
    const sent = encodeURIComponent(secret)
    const body = JSON.stringify({ query: `{ apiKey(id: "key_1") { name } }`, variables: { x: 1 } })
    const headers = { authorization, 'content-type': 'application/json', cookie: `session=${sent}` }
    for (const [path, init] of [
      ['/v1/models', { headers }],
      [`/v1/models?key=${sent}&api_key=${sent}`, {}],
      ['/graphql', { headers, method: 'POST', body }],
      ['/api/api-keys', { headers }],
      [`/api/api-keys?token=${sent}`, {}],
      ['/metrics', { headers }],
      ['/export/logs.csv', { headers }],
      ['/v1/organization/projects', { headers }],
    ] as const)
      responses.push(await textOf(fetch(`${url}${path}`, init)))
    const input = { username: 'admin', password: secret }
    if (secret !== PLANTED.password)
      responses.push(JSON.stringify(await graphql(latchkey, SIGN_IN, { input })))
  }
}

async function textOf(call: Promise<Response>): Promise<string> {
  const response = await call
  return JSON.stringify([...response.headers]) + (await response.text())
}

/** Waits until the audit sink has sent an event of this key. */
async function receiverHas(receiver: TestUpstream, name: string): Promise<void> {
  await vi.waitFor(
    () => {
      if (!receiver.received.some(({ path, body }) => path.includes('/audit') && body.includes(name)))
        throw new Error(`the audit sink has sent nothing of ${name}`)
    },
    { timeout: 20_000, interval: 50 },
  )
}
