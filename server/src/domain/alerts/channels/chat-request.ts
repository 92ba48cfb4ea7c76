// Messages as the webhooks of chats take them. Each format is the one of its public documentation:
// Slack https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
// Feishu https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
// DingTalk https://open.dingtalk.com/document/robots/custom-robot-access
// WeCom https://developer.work.weixin.qq.com/document/path/91770
import { createHmac } from 'node:crypto'
import { type DeliveryError, type DeliveryErrorCode, deliveryError } from '../delivery-error.ts'
import type { ChannelKind } from './alert-channel.ts'

export type ChatKind = Extract<ChannelKind, 'SLACK' | 'FEISHU' | 'DINGTALK' | 'WECOM'>

export type ChatRequest = { url: string; body: unknown }

/** Bytes of text that a message may have; WeCom's limit is 2,048, the others' far above what is needed. */
const TEXT_MAX_BYTES: Record<ChatKind, number> = {
  SLACK: 12_000,
  FEISHU: 12_000,
  DINGTALK: 12_000,
  WECOM: 2_000,
}

/** The request that posts a text. `secret`: what Feishu and DingTalk are signed with; null: they are not. */
export function chatRequest(
  kind: ChatKind,
  url: string,
  secret: string | null,
  { title, lines }: { title: string; lines: string[] },
  nowMs: number,
): ChatRequest {
  const text = withinBytes(escapeFor(kind, [title, ...lines].join('\n')), TEXT_MAX_BYTES[kind])
  switch (kind) {
    case 'SLACK':
      return { url, body: { text } }
    case 'FEISHU':
      return { url, body: { ...feishuSignature(secret, nowMs), msg_type: 'text', content: { text } } }
    case 'DINGTALK':
      return {
        url: secret === null ? url : dingTalkUrl(url, secret, nowMs),
        body: { msgtype: 'text', text: { content: text } },
      }
    case 'WECOM':
      return { url, body: { msgtype: 'text', text: { content: text } } }
  }
}

/** Why a chat refused a message that it responded to with 200; null: it has posted it. `response`: its body as JSON. */
export function chatRefusal(kind: ChatKind, response: unknown): DeliveryError | null {
  if (kind === 'SLACK') return null
  const code = codeOf(response, kind === 'FEISHU' ? ['code', 'StatusCode'] : ['errcode'])
  if (code === 0) return null
  if (code === null) return deliveryError('CHAT_INVALID_RESPONSE')
  const known = REFUSALS[kind]?.[code]
  return known === undefined
    ? deliveryError('CHAT_REFUSED', { chatCode: code }, `It refused the message with its code ${code}.`)
    : deliveryError(known, { chatCode: code })
}

/** Names in a message are text of whoever chose them; it must mention nobody and show no link of its own. */
function escapeFor(kind: ChatKind, text: string): string {
  // Slack's three characters: https://docs.slack.dev/messaging/formatting-message-text#escaping
  if (kind === 'SLACK') return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  // Feishu reads <at user_id="all"> and WeCom <@all> in a text, and neither has an escape.
  return text.replaceAll('<', '＜').replaceAll('>', '＞')
}

/** The key is `timestamp\nsecret`, and nothing is signed with it. Seconds. */
function feishuSignature(secret: string | null, nowMs: number): { timestamp?: string; sign?: string } {
  if (secret === null) return {}
  const timestamp = String(Math.floor(nowMs / 1_000))
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).digest('base64') }
}

/** The secret signs `timestamp\nsecret`. Milliseconds, in the query. */
function dingTalkUrl(url: string, secret: string, nowMs: number): string {
  const signed = new URL(url)
  signed.searchParams.set('timestamp', String(nowMs))
  signed.searchParams.set('sign', createHmac('sha256', secret).update(`${nowMs}\n${secret}`).digest('base64'))
  return signed.href
}

function withinBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text
  // Ends between characters: a part of one at the end is read as U+FFFD.
  const start = Buffer.from(text)
    .subarray(0, max - 3)
    .toString('utf8')
  return `${start.replace(/\ufffd+$/, '')}…`
}

function codeOf(response: unknown, names: string[]): number | null {
  if (typeof response !== 'object' || response === null) return null
  const members = new Map<string, unknown>(Object.entries(response))
  for (const name of names) {
    const code = members.get(name)
    if (typeof code === 'number') return code
  }
  return null
}

const REFUSALS: Partial<Record<ChatKind, Record<number, DeliveryErrorCode>>> = {
  FEISHU: {
    19001: 'CHAT_BOT_UNKNOWN',
    19021: 'CHAT_SIGNATURE_REFUSED',
    19022: 'CHAT_ADDRESS_REFUSED',
    19024: 'CHAT_KEYWORD_MISSING',
    11232: 'CHAT_TOO_MANY',
  },
  DINGTALK: {
    310000: 'CHAT_SECURITY_REFUSED',
    300001: 'CHAT_BOT_UNKNOWN',
    130101: 'CHAT_TOO_MANY',
    410100: 'CHAT_TOO_MANY',
  },
  WECOM: {
    93000: 'CHAT_BOT_UNKNOWN',
    45009: 'CHAT_TOO_MANY',
  },
}
