// A message as e-mail, by nodemailer: it speaks SMTP, and encodes headers and bodies so that no name in a message breaks out of them.
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { EmailSettings } from '../../../domain/alerts/channels/email-settings.ts'
import {
  connectionError,
  DELIVERY_ERRORS,
  type DeliveryErrorCode,
  deliveryError,
} from '../../../domain/alerts/delivery-error.ts'
import { checkedLookup, hostFault } from '../../../domain/upstreams/upstream-address.ts'
import type { SendingPolicy } from './post-json.ts'
import { accepted, refused, type SendOutcome } from './send-outcome.ts'

/** `id`: of the delivery; every attempt has the same Message-ID, by which mail programs show it once. Never rejects. */
export async function sendEmail(
  settings: EmailSettings,
  password: string | null,
  id: string,
  { title, lines }: { title: string; lines: string[] },
  policy: SendingPolicy,
  timeoutMs: number,
): Promise<SendOutcome> {
  try {
    const address = await checkedAddress(settings.host, policy)
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({
      // The address that was checked: a name could mean another machine a moment later.
      host: address,
      port: settings.port,
      secure: settings.security === 'TLS',
      requireTLS: settings.security === 'STARTTLS',
      ignoreTLS: settings.security === 'NONE',
      tls: isIP(settings.host) === 0 ? { servername: settings.host } : {},
      ...(settings.username !== null && { auth: { user: settings.username, pass: password ?? '' } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      logger: false,
    })
    const abort = () => transport.close()
    policy.signal.addEventListener('abort', abort)
    try {
      const { accepted: taken } = await transport.sendMail({
        from: settings.from,
        to: settings.to,
        subject: title,
        text: lines.join('\n'),
        messageId: `<${id}@latchkey>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const detail = { acceptedRecipients: taken.length, recipients: settings.to.length }
      if (detail.acceptedRecipients === detail.recipients) return accepted(250)
      const message = `It took the message for ${detail.acceptedRecipients} of ${detail.recipients} recipients.`
      return refused(250, deliveryError('SMTP_RECIPIENTS_MISSED', detail, message), { retry: false })
    } finally {
      policy.signal.removeEventListener('abort', abort)
      transport.close()
    }
  } catch (error) {
    return failureOf(error)
  }
}

async function checkedAddress(host: string, { addresses, lookup: own }: SendingPolicy): Promise<string> {
  if (isIP(host) !== 0 && hostFault(host, addresses) === null) return host
  return new Promise((resolve, reject) => {
    checkedLookup(addresses, own ?? lookup)(host, {}, (error, address) => {
      if (error !== null) reject(error)
      else resolve(Array.isArray(address) ? (address[0]?.address ?? '') : address)
    })
  })
}

/** In own words: the text of an SMTP server may quote what it was sent. */
function failureOf(error: unknown): SendOutcome {
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown }
  const status = typeof responseCode === 'number' ? responseCode : null
  const known = typeof code === 'string' ? CODES[code] : undefined
  const fault = known ?? (status === null ? undefined : 'SMTP_MESSAGE_REFUSED')
  if (fault === undefined) return refused(null, connectionError(causeOf(error)))
  const said = DELIVERY_ERRORS[fault]
  return refused(status, deliveryError(fault, {}, status === null ? said : `${said} (SMTP ${status})`))
}

// https://nodemailer.com/errors
const CODES: Readonly<Record<string, DeliveryErrorCode>> = {
  EAUTH: 'SMTP_LOGIN_REFUSED',
  EENVELOPE: 'SMTP_ADDRESSES_REFUSED',
  EMESSAGE: 'SMTP_MESSAGE_REFUSED',
  ETLS: 'SMTP_TLS_FAILED',
  ETIMEDOUT: 'TIMEOUT',
}

/** Nodemailer gives errors of the socket a code of its own, and keeps what the system said. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const found = /\b(E[A-Z]{4,}|CERT_[A-Z_]+|DEPTH_ZERO_[A-Z_]+|SELF_SIGNED_[A-Z_]+|UNABLE_TO_[A-Z_]+)\b/.exec(
    error.message,
  )?.[1]
  const { cause, errno } = error as { cause?: unknown; errno?: unknown }
  if (cause instanceof Error && 'code' in cause) return cause
  if (/certificate/i.test(error.message)) return Object.assign(new Error(''), { code: 'CERT' })
  if (found !== undefined && errno !== undefined) return Object.assign(new Error(''), { code: found })
  return found === undefined ? error : Object.assign(new Error(''), { code: found })
}
