// Every field of a request log, grouped and formatted, in the order in which an admin looks for a cause.
import type { RequestLog, UsageSource } from '@latchkey/sdk'
import { formatBytes, formatDuration, formatInstant, formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'

type Fact = { label: string; value: string; mono?: boolean; href?: string }
export type FactGroup = { title: string; facts: Fact[] }

const none = '–'

/** The groups, in reading order. What does not apply to a call is shown as a dash, so that no field seems forgotten. */
export function logFacts(log: RequestLog): FactGroup[] {
  return [
    { title: m.facts_call(), facts: callFacts(log) },
    { title: m.facts_routing(), facts: routingFacts(log) },
    { title: m.facts_usage(), facts: usageFacts(log) },
    { title: m.facts_transfer(), facts: transferFacts(log) },
  ]
}

function callFacts(log: RequestLog): Fact[] {
  return [
    { label: m.time(), value: formatInstant(log.at, true) },
    {
      label: m.api_key(),
      value: log.apiKey?.name ?? m.no_key(),
      href: log.apiKey ? `/keys/${encodeURIComponent(log.apiKey.id)}` : undefined,
    },
    { label: m.endpoint(), value: `${log.method} ${log.endpoint}`, mono: true },
    { label: m.http_status(), value: log.httpStatus === null ? m.no_response() : String(log.httpStatus) },
    { label: m.streamed(), value: log.streamed ? m.yes() : m.no() },
    { label: m.finish_reason(), value: log.finishReason ?? none, mono: log.finishReason !== null },
    { label: m.service_tier(), value: log.serviceTier ?? none, mono: log.serviceTier !== null },
    { label: m.close_code(), value: log.closeCode === null ? none : String(log.closeCode) },
  ]
}

function routingFacts(log: RequestLog): Fact[] {
  return [
    { label: m.requested_model(), value: log.requestedModel ?? none },
    { label: m.resolved_model(), value: log.resolvedModel ?? none },
    { label: m.upstream(), value: log.upstream ?? none },
    { label: m.upstream_request_id(), value: log.upstreamRequestId ?? none, mono: true },
  ]
}

function usageFacts(log: RequestLog): Fact[] {
  const count = (value: number | null) => (value === null ? none : formatNumber(value))
  return [
    { label: m.input_tokens(), value: count(log.inputTokens) },
    { label: m.output_tokens(), value: count(log.outputTokens) },
    { label: m.cached_input_tokens(), value: count(log.cachedInputTokens) },
    { label: m.cache_write_input_tokens(), value: count(log.cacheWriteInputTokens) },
    { label: m.reasoning_tokens(), value: count(log.reasoningTokens) },
    { label: m.usage_source(), value: usageSourceText(log.usageSource) },
  ]
}

function transferFacts(log: RequestLog): Fact[] {
  const first = log.timeToFirstTokenMs
  return [
    { label: m.duration(), value: formatDuration(log.durationMs) },
    { label: m.time_to_first_token(), value: first === null ? none : formatDuration(first) },
    { label: m.request_size(), value: formatBytes(log.requestBytes) },
    { label: m.response_size(), value: formatBytes(log.responseBytes) },
    { label: m.client_ip(), value: log.clientIp ?? none, mono: true },
    { label: m.user_agent(), value: log.userAgent ?? none, mono: true },
  ]
}

function usageSourceText(source: UsageSource): string {
  switch (source) {
    case 'PROVIDER':
      return m.usage_source_provider()
    case 'ESTIMATED':
      return m.usage_source_estimated()
    case 'NONE':
      return m.usage_source_none()
  }
}
