// What else is known of a call: a row for each thing that applies to it, and none for what does not.
import type { RequestLog } from '@latchkey/sdk'
import { callErrorText } from '#lib/errors/call-error-text.ts'
import { m } from '#lib/paraglide/messages.js'
import { sentences } from '#lib/preferences/sentences.ts'
import { nameOf } from '../query/key-names.svelte.ts'
import type { Term } from '../query/log-query.ts'

export type Fact = {
  label: string
  value: string
  mono?: boolean
  /** The record that it names. */
  href?: string
  /** What other calls with the same are found by. */
  term?: Term
}

/** In the order in which an admin looks for a cause. */
export function logFacts(log: RequestLog): Fact[] {
  const facts: (Fact | false)[] = [
    log.apiKey
      ? {
          label: m.api_key(),
          value: `${log.apiKey.name} (${log.apiKey.start}…)`,
          href: `/keys/${encodeURIComponent(log.apiKey.id)}`,
          term: { field: 'key', value: log.apiKey.id },
        }
      : { label: m.api_key(), value: m.no_key() },
    log.usedSecret !== null && {
      label: m.logs_field_secret(),
      value: log.usedSecret === 'FORMER' ? m.logs_secret_former() : m.logs_secret_replaced(),
      term: { field: 'secret', value: log.usedSecret.toLowerCase() },
    },
    log.ownerId !== null && {
      label: m.logs_field_owner(),
      value: nameOf(log.ownerId) ?? log.ownerId,
      href: `/owners/${encodeURIComponent(log.ownerId)}`,
      term: { field: 'owner', value: log.ownerId },
    },
    ...log.labels.map(
      ({ name, value }): Fact => ({
        label: m.logs_field_label(),
        value: `${name}=${value}`,
        term: { field: 'label', value: `${name}=${value}` },
      }),
    ),
    ...log.tags.map(
      (tag): Fact => ({ label: m.logs_field_tag(), value: tag, term: { field: 'tag', value: tag } }),
    ),
    {
      label: m.endpoint(),
      value: `${log.method} ${log.endpoint}`,
      mono: true,
      term: { field: 'endpoint', value: log.endpoint },
    },
    log.requestedModel !== null && {
      label: m.requested_model(),
      value: log.requestedModel,
      term: { field: 'model', value: log.requestedModel },
    },
    log.upstream !== null && {
      label: m.upstream(),
      value: log.upstream,
      term: { field: 'upstream', value: log.upstream },
    },
    log.affinity !== 'NONE' && {
      label: m.logs_affinity(),
      value: log.affinity === 'SESSION' ? m.logs_affinity_session() : m.logs_affinity_object(),
    },
    log.serviceTier !== null && {
      label: m.service_tier(),
      value: log.serviceTier,
      mono: true,
      term: { field: 'tier', value: log.serviceTier },
    },
    log.finishReason !== null && { label: m.finish_reason(), value: log.finishReason, mono: true },
    log.closeCode !== null && { label: m.close_code(), value: String(log.closeCode) },
    log.shadowDenials.length > 0 && {
      label: m.logs_shadow(),
      value: sentences(...log.shadowDenials.map((code) => callErrorText(code))),
    },
    log.clientIp !== null && {
      label: m.client_ip(),
      value: log.clientIp,
      mono: true,
      term: { field: 'ip', value: log.clientIp },
    },
    log.userAgent !== null && { label: m.user_agent(), value: log.userAgent, mono: true },
  ]
  return facts.filter((fact) => fact !== false)
}
