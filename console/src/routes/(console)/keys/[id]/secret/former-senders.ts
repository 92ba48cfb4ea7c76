// Who still sends the former secret of a key, as far as its calls say.
import type { RequestLog } from '@latchkey/sdk'

const CLIENT_MAX = 60

/** The addresses and clients of calls, each once and in their order; what a call does not say is left out. */
export function sendersOf(logs: readonly Pick<RequestLog, 'clientIp' | 'userAgent'>[]) {
  const each = (values: readonly (string | null)[]) => [...new Set(values.filter((value) => value !== null))]
  return {
    addresses: each(logs.map(({ clientIp }) => clientIp)),
    clients: each(logs.map(({ userAgent }) => clientText(userAgent))),
  }
}

/** What a client calls itself, at most 60 characters of its User-Agent; null where it says nothing. */
export function clientText(userAgent: string | null): string | null {
  const text = userAgent?.trim() ?? ''
  return text.length > CLIENT_MAX ? `${text.slice(0, CLIENT_MAX - 1).trimEnd()}…` : text || null
}
