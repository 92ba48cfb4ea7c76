// Why a channel did not take a message: codes for programs, and for the console, which says them in the language of its reader.
import { CONNECTION_FAULTS, connectionFailureOf } from '../upstreams/connection-fault.ts'

/** Each code with its meaning in English; "it" is the receiver. */
export const DELIVERY_ERRORS = {
  CHANNEL_DISABLED: 'The channel is disabled.',
  CHANNEL_UNREADABLE:
    'The sealed secrets of this channel cannot be decrypted, such as under another LATCHKEY_ENCRYPTION_KEY. Write them again.',
  CHANNEL_OF_LATER_VERSION: 'A later version of Latchkey has made this channel.',
  ...CONNECTION_FAULTS,
  REDIRECTED: 'It redirects, and redirects are not followed. Write its new URL.',
  NO_MORE_WANTED: 'It wants no more messages.',
  ERROR_STATUS: 'It responded with the status of an error.',
  SMTP_LOGIN_REFUSED: 'The SMTP server refused the username or the password.',
  SMTP_ADDRESSES_REFUSED: 'The SMTP server refused the sender or the recipients.',
  SMTP_MESSAGE_REFUSED: 'The SMTP server refused the message.',
  SMTP_TLS_FAILED: 'The SMTP server does not offer STARTTLS, or TLS failed.',
  SMTP_RECIPIENTS_MISSED: 'The SMTP server took the message, but not for all of its recipients.',
  CHAT_INVALID_RESPONSE: 'It responded with something that is no response of such a chat.',
  CHAT_BOT_UNKNOWN: 'There is no such bot. Check the URL of the channel.',
  CHAT_SIGNATURE_REFUSED:
    'It refused the signature. Check the secret of the channel, and the clock of this server.',
  CHAT_ADDRESS_REFUSED: 'The bot does not take messages from the address of this server.',
  CHAT_KEYWORD_MISSING:
    'The bot wants a keyword that the message does not have. Remove it from the bot, or sign instead.',
  CHAT_SECURITY_REFUSED:
    'It refused the signature, a missing keyword, or the address of this server. Check the secret of the channel and the security settings of the robot.',
  CHAT_TOO_MANY: 'It has had too many messages.',
  CHAT_REFUSED: 'It refused the message with a code of its own.',
} as const

export type DeliveryErrorCode = keyof typeof DELIVERY_ERRORS

/** The numbers and names of a code; absent: it has none of this kind. The status is the attempt's. */
export type DeliveryErrorDetail = {
  /** That is refused. */
  address?: string
  /** The name of the system for an unknown fault, such as EMFILE. */
  systemError?: string
  /** The code of a chat, such as 19024. */
  chatCode?: number
  /** Of e-mail: for how many of the `recipients` it was taken. */
  acceptedRecipients?: number
  recipients?: number
}

export type DeliveryError = { code: DeliveryErrorCode; detail: DeliveryErrorDetail; message: string }

/** The error of a code; `message`: its meaning, where nothing else is given. */
export function deliveryError(
  code: DeliveryErrorCode,
  detail: DeliveryErrorDetail = {},
  message: string = DELIVERY_ERRORS[code],
): DeliveryError {
  return { code, detail, message }
}

/** Of a connection that failed, or a name, address or certificate that was refused. */
export function connectionError(error: unknown): DeliveryError {
  const { code, message, address, systemError } = connectionFailureOf(error)
  const detail = {
    ...(address !== null && { address }),
    ...(systemError !== null && { systemError }),
  }
  return { code, detail, message }
}

/** A code as it is stored; null where there is none, or a later version has stored one that this one does not know. */
export function storedDeliveryErrorCode(code: string | null | undefined): DeliveryErrorCode | null {
  return code != null && Object.hasOwn(DELIVERY_ERRORS, code) ? (code as DeliveryErrorCode) : null
}
