// What a step of an upstream's test found, or why it failed and what to do, in the reader's language: by its code.
import type { UpstreamTest, UpstreamTestCode } from '@latchkey/sdk'
import { connectionFaultTexts } from '#lib/errors/connection-fault-text.ts'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'

/** `message`: the same in English. */
type Finding = Pick<UpstreamTest['steps'][number], 'code' | 'detail' | 'message'>
type Detail = Finding['detail']
type Fault = keyof typeof connectionFaultTexts

const texts: Readonly<Record<Exclude<UpstreamTestCode, Fault>, (detail: Detail) => string>> = {
  RESOLVED: ({ host, addresses }) =>
    m.upstreams_found_resolved({ host: known(host), addresses: addresses?.join(', ') ?? '–' }),
  ADDRESS_GIVEN: ({ host }) => m.upstreams_found_address_given({ host: known(host) }),
  CONNECTED: ({ host, port }) => m.upstreams_found_connected({ host: known(host), port: known(port) }),
  CONNECTED_TO_PROXY: ({ host, port }) => m.upstreams_found_proxy({ host: known(host), port: known(port) }),
  TLS_TRUSTED: ({ protocol }) => m.upstreams_found_tls({ protocol: protocol ?? 'TLS' }),
  PLAIN_HTTP: () => m.upstreams_found_plain(),
  PLAIN_PROXY: () => m.upstreams_found_plain_proxy(),
  CREDENTIAL_ACCEPTED: () => m.upstreams_found_credential(),
  CREDENTIAL_NOT_NEEDED: () => m.upstreams_found_no_credential_needed(),
  CREDENTIAL_NOT_REFUSED: () => m.upstreams_found_not_refused(),
  MODELS_LISTED: ({ models }) => m.upstreams_found_models({ count: formatNumber(models ?? 0) }),
  MODEL_RESPONDED: ({ model }) => m.upstreams_found_model_responded({ model: known(model) }),
  ECHO: () => m.upstreams_found_echo(),
  DNS_TIMEOUT: ({ host }) => m.upstreams_fault_dns_timeout({ host: known(host) }),
  TLS_TIMEOUT: ({ host }) => m.upstreams_fault_tls_timeout({ host: known(host) }),
  CREDENTIAL_MISSING: ({ status }) => m.upstreams_fault_no_credential({ status: known(status) }),
  CREDENTIAL_REFUSED: ({ status }) => m.upstreams_fault_credential({ status: known(status) }),
  NO_MODEL_LIST: ({ status }) => m.upstreams_fault_no_models({ status: known(status) }),
  NOT_A_MODEL_LIST: () => m.upstreams_fault_no_list(),
  REDIRECTED: (detail) => ofModel(detail, m.upstreams_fault_redirect({ status: known(detail.status) })),
  ERROR_STATUS: (detail) => ofModel(detail, statusText(detail)),
  RESPONSE_TOO_LARGE: () => m.upstreams_fault_too_large(),
  CREDENTIALS_DISABLED: () => m.upstreams_fault_all_disabled(),
  SECRET_UNREADABLE: () => m.upstreams_fault_unreadable(),
}

/** One or two sentences. Of a code that a newer server has: its own message. */
export function testFindingText({ code, detail, message }: Finding): string {
  if (isOwn(code)) return texts[code](detail)
  const { host, systemError } = detail
  return connectionFaultTexts[code]?.({ address: host, systemError }) ?? message
}

function isOwn(code: UpstreamTestCode): code is Exclude<UpstreamTestCode, Fault> {
  return Object.hasOwn(texts, code)
}

function statusText({ status, upstreamMessage }: Detail): string {
  return upstreamMessage === null
    ? m.upstreams_fault_status({ status: known(status) })
    : m.upstreams_fault_status_says({ status: known(status), message: upstreamMessage })
}

const ofModel = ({ model }: Detail, text: string) => (model === null ? text : `${model}: ${text}`)
const known = (value: string | number | null) => (value === null ? '–' : String(value))
