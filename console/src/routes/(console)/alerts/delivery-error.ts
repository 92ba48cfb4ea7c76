// Why a channel did not take a message, in the reader's language.
import { m } from '#lib/paraglide/messages.js'
import { getLocale } from '#lib/paraglide/runtime.js'

/** The server says it in English; elsewhere the status, or else the text, says which of these it is. */
export function deliveryError(error: string, status: number | null): string {
  if (getLocale() === 'en') return error
  const known = causes.find(([pattern]) => pattern.test(error))
  if (known) return known[1]()
  return status === null ? m.alerts_cause_unknown() : m.alerts_cause_status({ status: String(status) })
}

const causes: readonly [RegExp, () => string][] = [
  [/channel is disabled/, m.alerts_cause_disabled],
  [/no host of this name|DNS does not/, m.alerts_cause_dns],
  [/Nothing listens/, m.alerts_cause_refused],
  [/respond in time/, m.alerts_cause_timeout],
  [/certificate/, m.alerts_cause_certificate],
  [/redirects/, m.alerts_cause_redirect],
  [/wants no more messages/, m.alerts_cause_unwanted],
  [/connection (was|ended)/, m.alerts_cause_reset],
  [/no network route/, m.alerts_cause_route],
]
