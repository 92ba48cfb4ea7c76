// Audit events as signed webhooks (Standard Webhooks), one event a message.

import { signedHeaders } from '../../../domain/alerts/channels/webhook-signature.ts'
import { sinkEvent } from '../../../domain/audit/sink-message.ts'
import { postJson } from '../../alerts/deliver/post-json.ts'
import type { AuditSink } from './audit-sink.ts'

const TIMEOUT_MS = 10_000

/** The id of a message is that of its place in the chain, so that a receiver knows one that comes again. */
export function webhookSink(
  { url, secret }: { url: string; secret: string },
  clock: () => number,
): AuditSink {
  return {
    name: 'webhook',
    async send(event, closing) {
      const body = JSON.stringify({
        type: `audit.${event.action}`,
        timestamp: new Date(event.atMs).toISOString(),
        data: sinkEvent(event),
      })
      const id = `audit_${event.link.position}`
      const signal = AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT_MS)])
      const policy = { addresses: { privateUpstreams: 'allow' } as const, lookup: null, signal }
      const headers = { 'user-agent': 'Latchkey-Audit', ...signedHeaders([secret], id, clock(), body) }
      const { status } = await postJson(url, headers, body, policy)
      if (status < 200 || status > 299) throw new Error(`the webhook responded with status ${status}`)
    },
    close: () => undefined,
  }
}
