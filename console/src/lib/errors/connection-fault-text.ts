// Why a request that the server made itself got no response, in the reader's language.
import type { AlertDeliveryErrorCode, UpstreamTestCode } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

/** What a test of an upstream and a delivery of an alert have in common; each says the last two in words of its own. */
type Fault = Exclude<Extract<UpstreamTestCode, AlertDeliveryErrorCode>, 'ERROR_STATUS' | 'REDIRECTED'>

/** `address`: that is refused. `systemError`: the name of the system for an unknown fault. */
type FaultDetail = { address: string | null; systemError: string | null }

export const connectionFaultTexts: Readonly<Record<Fault, (detail: FaultDetail) => string>> = {
  DNS_FAILED: () => m.fault_dns_failed(),
  ADDRESS_FORBIDDEN: ({ address }) => m.fault_address_forbidden({ address: address ?? '–' }),
  ADDRESS_PRIVATE: ({ address }) => m.fault_address_private({ address: address ?? '–' }),
  CONNECTION_REFUSED: () => m.fault_connection_refused(),
  NETWORK_UNREACHABLE: () => m.fault_network_unreachable(),
  CONNECT_TIMEOUT: () => m.fault_connect_timeout(),
  TIMEOUT: () => m.fault_timeout(),
  TLS_EXPIRED: () => m.fault_tls_expired(),
  TLS_UNTRUSTED: () => m.fault_tls_untrusted(),
  TLS_NAME_MISMATCH: () => m.fault_tls_name_mismatch(),
  TLS_FAILED: () => m.fault_tls_failed(),
  PROXY_REFUSED: () => m.fault_proxy_refused(),
  CONNECTION_RESET: () => m.fault_connection_reset(),
  CONNECTION_CLOSED: () => m.fault_connection_closed(),
  INVALID_RESPONSE: () => m.fault_invalid_response(),
  UNKNOWN: ({ systemError }) =>
    systemError === null ? m.fault_unknown() : m.fault_system({ error: systemError }),
}
