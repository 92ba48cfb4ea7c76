import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyWebhook, WebhookVerificationError } from './verify-webhook.ts'

// The example of the specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const BODY = '{"type":"alert.test","data":{"version":1}}'
const AT = 1_674_087_231

function headers(id = 'ald_1', at = AT, body = BODY): Record<string, string> {
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` }
}
const verify = (sent: Parameters<typeof verifyWebhook>[1], body: string | Uint8Array = BODY) =>
  verifyWebhook(body, sent, SECRET, { nowMs: AT * 1_000 })

test('takes a message that is signed, as text or bytes, with any form of headers', async () => {
  const expected = JSON.parse(BODY)
  expect(await verify(headers())).toEqual(expected)
  expect(await verify(new Headers(headers()), new TextEncoder().encode(BODY))).toEqual(expected)
  const { 'webhook-signature': right = '', ...rest } = headers()
  expect(await verify({ ...rest, 'Webhook-Signature': [`v1,AAAA v1a,x ${right}`] })).toEqual(expected)
})

test.for<[string, () => Record<string, string>, string?]>([
  ['another body', () => headers('ald_1', AT, '{}')],
  ['another id', () => ({ ...headers(), 'webhook-id': 'ald_2' })],
  ['a timestamp of six minutes ago', () => headers('ald_1', AT - 301)],
  ['a timestamp in six minutes', () => headers('ald_1', AT + 301)],
  ['a timestamp that is no number', () => ({ ...headers(), 'webhook-timestamp': '1e9' })],
  ['another version of signatures', () => ({ ...headers(), 'webhook-signature': 'v2,abc' })],
  ['no base64', () => ({ ...headers(), 'webhook-signature': 'v1,***' })],
  ['no header', () => ({})],
])('refuses %s', async ([, sent]) => {
  await expect(verify(sent())).rejects.toThrow(WebhookVerificationError)
})

test('refuses a secret that is none, without repeating it', async () => {
  const refused = verifyWebhook(BODY, headers(), 'whsec_***canary', { nowMs: AT * 1_000 })
  await expect(refused).rejects.toThrow(/secret must be/)
  await expect(refused).rejects.not.toThrow(/canary/)
})
