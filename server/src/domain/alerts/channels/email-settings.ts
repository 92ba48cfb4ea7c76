// How a channel sends e-mail: the server, the addresses, and how the connection is protected.
import { isIP } from 'node:net'
import { type AddressPolicy, addressFaultMessage, hostFault } from '../../upstreams/upstream-address.ts'
import { failed, ok, type Result } from '../../user-error.ts'

export const SMTP_SECURITIES = ['TLS', 'STARTTLS', 'NONE'] as const
/** TLS from the first byte (port 465); STARTTLS, required (587); NONE: in the clear, without a password. */
export type SmtpSecurity = (typeof SMTP_SECURITIES)[number]

export type EmailSettings = {
  host: string
  port: number
  security: SmtpSecurity
  /** Null: without authentication. The password is the channel's sealed secret. */
  username: string | null
  from: string
  to: string[]
}

const RECIPIENTS_MAX = 20
const USERNAME_MAX = 320
// A subset of RFC 5321 §4.1.2 that no header or command can be broken out of.
const ADDRESS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$/
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/

/** Settings whose host may be connected to; the host comes back in lower case. */
export function readEmailSettings(sent: EmailSettings, policy: AddressPolicy): Result<EmailSettings> {
  const host = sent.host.trim().toLowerCase()
  if (isIP(host) === 0 && !HOST.test(host))
    return failed('INVALID', 'email.host', 'email.host must be the name or address of an SMTP server.')
  const fault = hostFault(host, policy)
  if (fault !== null)
    return failed('INVALID', 'email.host', `email.host: ${addressFaultMessage(fault, host)}`)
  if (!Number.isInteger(sent.port) || sent.port < 1 || sent.port > 65_535)
    return failed('OUT_OF_RANGE', 'email.port', 'email.port must be from 1 to 65535.', {
      min: 1,
      max: 65_535,
    })
  if (sent.username !== null && !/^[\x21-\x7e]+$/.test(sent.username.slice(0, USERNAME_MAX + 1)))
    return failed('INVALID', 'email.username', 'email.username must be printable ASCII without spaces.')
  if (sent.username !== null && sent.username.length > USERNAME_MAX)
    return failed(
      'TOO_LONG',
      'email.username',
      `email.username must have at most ${USERNAME_MAX} characters.`,
      { maxLength: USERNAME_MAX },
    )
  if (sent.username !== null && sent.security === 'NONE')
    return failed(
      'INVALID',
      'email.security',
      'email.security: a password is never sent in the clear. Use TLS or STARTTLS, or leave the username out.',
    )
  if (!isAddress(sent.from))
    return failed('INVALID', 'email.from', 'email.from must be an address, such as latchkey@example.com.')
  if (sent.to.length < 1 || sent.to.length > RECIPIENTS_MAX)
    return failed('OUT_OF_RANGE', 'email.to', `email.to must be 1 to ${RECIPIENTS_MAX} addresses.`, {
      minItems: 1,
      maxItems: RECIPIENTS_MAX,
    })
  const wrong = sent.to.findIndex((address) => !isAddress(address))
  if (wrong !== -1)
    return failed('INVALID', `email.to[${wrong}]`, 'email.to must be addresses, such as ops@example.com.')
  return ok({ ...sent, host })
}

/** What a secret is sealed for, and what an admin sees of the place: `smtp://mail.example.com:587`. */
export function smtpOrigin({ host, port }: Pick<EmailSettings, 'host' | 'port'>): string {
  return `smtp://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/** The settings in a stored text; null: none. */
export function storedEmailSettings(text: string | null): EmailSettings | null {
  // Written by the services from what readEmailSettings returned, in this version or an earlier one of the same format.
  return text === null ? null : (JSON.parse(text) as EmailSettings)
}

function isAddress(text: string): boolean {
  return text.length <= 320 && ADDRESS.test(text) && !text.includes('..')
}
