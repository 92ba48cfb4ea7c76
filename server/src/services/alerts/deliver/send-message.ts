// Sends one message to one channel, in the channel's own format.
import { type AlertMessage, messageText } from '../../../domain/alerts/alert-message.ts'
import {
  type ChannelKind,
  storedChannelKind,
  unsealChannelSecret,
  unsealChannelUrl,
} from '../../../domain/alerts/channels/alert-channel.ts'
import { type ChatKind, chatRefusal, chatRequest } from '../../../domain/alerts/channels/chat-request.ts'
import { storedEmailSettings } from '../../../domain/alerts/channels/email-settings.ts'
import { signedHeaders } from '../../../domain/alerts/channels/webhook-signature.ts'
import { ATTEMPT_TIMEOUT_MS, retryAfterMsOf } from '../../../domain/alerts/delivery-attempt.ts'
import { connectionError, deliveryError } from '../../../domain/alerts/delivery-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { ChannelRow } from '../channels/channel-row.ts'
import { type PostReply, postJson, type SendingPolicy } from './post-json.ts'
import { sendEmail } from './send-email.ts'
import { accepted, refused, type SendOutcome } from './send-outcome.ts'

const UNREADABLE = deliveryError('CHANNEL_UNREADABLE')

/** Makes one attempt, of at most 10 seconds. `id`: of the delivery. Never rejects. */
export async function sendMessage(
  plane: Pick<ControlPlane, 'encryptionKey' | 'addressPolicy' | 'lookup' | 'clock'>,
  channel: ChannelRow,
  id: string,
  message: AlertMessage,
  stop: AbortSignal | null = null,
): Promise<SendOutcome> {
  const kind = storedChannelKind(channel.kind)
  if (kind === null) return refused(null, deliveryError('CHANNEL_OF_LATER_VERSION'))
  const timeout = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)
  const policy: SendingPolicy = {
    addresses: plane.addressPolicy,
    lookup: plane.lookup ?? null,
    signal: stop === null ? timeout : AbortSignal.any([timeout, stop]),
  }
  const secrets = secretsOf(plane, channel)
  if (secrets === null) return refused(null, UNREADABLE)
  if (kind === 'EMAIL') {
    const settings = storedEmailSettings(channel.email)
    if (settings === null) return refused(null, UNREADABLE)
    return sendEmail(settings, secrets[0] ?? null, id, messageText(message), policy, ATTEMPT_TIMEOUT_MS)
  }
  const url =
    channel.encryptedUrl === null ? null : unsealChannelUrl(plane.encryptionKey, channel.encryptedUrl)
  if (url === null) return refused(null, UNREADABLE)
  const nowMs = plane.clock()
  try {
    if (kind === 'WEBHOOK') {
      const body = JSON.stringify(message)
      return outcomeOf(await postJson(url, signedHeaders(secrets, id, nowMs, body), body, policy), nowMs)
    }
    const request = chatRequest(kind, url, secrets[0] ?? null, messageText(message), nowMs)
    const reply = await postJson(request.url, {}, JSON.stringify(request.body), policy)
    return chatOutcome(kind, reply, nowMs)
  } catch (error) {
    return refused(null, connectionError(error))
  }
}

/** The secret, and the former one while it signs too; null where one cannot be opened. */
function secretsOf(
  { encryptionKey, clock }: Pick<ControlPlane, 'encryptionKey' | 'clock'>,
  channel: ChannelRow,
): string[] | null {
  const { encryptedSecret, encryptedFormerSecret, formerSecretExpiresAt } = channel
  const isFormerValid = (formerSecretExpiresAt?.getTime() ?? 0) > clock()
  const sealed = [encryptedSecret, isFormerValid ? encryptedFormerSecret : null].filter((one) => one !== null)
  const secrets = sealed.map((one) => unsealChannelSecret(encryptionKey, channel.origin, one))
  return secrets.every((secret) => secret !== null) ? secrets : null
}

function outcomeOf({ status, retryAfter }: PostReply, nowMs: number): SendOutcome {
  if (status >= 200 && status < 300) return accepted(status)
  if (status >= 300 && status < 400) {
    const message = `It redirects (HTTP ${status}), and redirects are not followed. Write its new URL.`
    return refused(status, deliveryError('REDIRECTED', {}, message))
  }
  // Standard Webhooks: a receiver that wants no more says 410.
  if (status === 410) {
    const unwanted = deliveryError('NO_MORE_WANTED', {}, 'It wants no more messages (HTTP 410).')
    return refused(status, unwanted, { retry: false })
  }
  return refused(status, deliveryError('ERROR_STATUS', {}, `It responded with HTTP ${status}.`), {
    retryAfterMs: retryAfterMsOf(retryAfter, nowMs),
  })
}

function chatOutcome(kind: Extract<ChannelKind, ChatKind>, reply: PostReply, nowMs: number): SendOutcome {
  const outcome = outcomeOf(reply, nowMs)
  const refusal = kind === 'SLACK' ? null : chatRefusal(kind, reply.json)
  if (outcome.error === null) return refusal === null ? outcome : refused(reply.status, refusal)
  // Feishu says with its code what its status does not.
  return refusal !== null && typeof reply.json === 'object' ? { ...outcome, error: refusal } : outcome
}
