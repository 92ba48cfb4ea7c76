// Why a channel did not take a message, in the reader's language: by its code.
import type { AlertDelivery, AlertDeliveryErrorCode } from '@latchkey/sdk'
import { connectionFaultTexts } from '#lib/errors/connection-fault-text.ts'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'

type Attempt = AlertDelivery['attempts'][number]
type Failure = Pick<Attempt, 'code' | 'status'> & {
  detail: Attempt['detail'] | null
  /** The same in English. */
  message: string
}
type Values = { status: string; code: string; detail: Attempt['detail'] | null }
type Fault = keyof typeof connectionFaultTexts

const texts: Readonly<Record<Exclude<AlertDeliveryErrorCode, Fault>, (values: Values) => string>> = {
  CHANNEL_DISABLED: () => m.alerts_fault_disabled(),
  CHANNEL_UNREADABLE: () => m.alerts_fault_unreadable(),
  CHANNEL_OF_LATER_VERSION: () => m.alerts_fault_later_version(),
  REDIRECTED: m.alerts_fault_redirect,
  NO_MORE_WANTED: m.alerts_fault_unwanted,
  ERROR_STATUS: m.alerts_fault_status,
  SMTP_LOGIN_REFUSED: m.alerts_fault_smtp_login,
  SMTP_ADDRESSES_REFUSED: m.alerts_fault_smtp_addresses,
  SMTP_MESSAGE_REFUSED: m.alerts_fault_smtp_message,
  SMTP_TLS_FAILED: () => m.alerts_fault_smtp_tls(),
  SMTP_RECIPIENTS_MISSED: ({ detail }) =>
    m.alerts_fault_smtp_recipients({
      accepted: formatNumber(detail?.acceptedRecipients ?? 0),
      count: formatNumber(detail?.recipients ?? 0),
    }),
  CHAT_INVALID_RESPONSE: () => m.alerts_fault_chat_response(),
  CHAT_BOT_UNKNOWN: m.alerts_fault_chat_bot,
  CHAT_SIGNATURE_REFUSED: m.alerts_fault_chat_signature,
  CHAT_ADDRESS_REFUSED: m.alerts_fault_chat_address,
  CHAT_KEYWORD_MISSING: m.alerts_fault_chat_keyword,
  CHAT_SECURITY_REFUSED: m.alerts_fault_chat_security,
  CHAT_TOO_MANY: m.alerts_fault_chat_many,
  CHAT_REFUSED: m.alerts_fault_chat_refused,
}

/** One or two sentences. Of a delivery of before codes, and of a code that a newer server has: its message in English. */
export function deliveryError({ code, status, detail, message }: Failure): string {
  if (code === null) return message
  const { address = null, systemError = null, chatCode = null } = detail ?? {}
  if (isOwn(code)) return texts[code]({ status: known(status), code: known(chatCode), detail })
  return connectionFaultTexts[code]?.({ address, systemError }) ?? message
}

function isOwn(code: AlertDeliveryErrorCode): code is Exclude<AlertDeliveryErrorCode, Fault> {
  return Object.hasOwn(texts, code)
}

const known = (value: number | null) => (value === null ? '–' : String(value))
