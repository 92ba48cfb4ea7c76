// The words for what is known of an upstream.
import type { Upstream, UpstreamKind, UpstreamTest } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { getLocale } from '#lib/paraglide/runtime.js'

type Step = UpstreamTest['steps'][number]
type Failure = NonNullable<Upstream['health']['lastFailure']>

/** Why an attempt failed. */
export function failureText(failure: Failure): string {
  switch (failure) {
    case 'CONNECT':
      return m.upstreams_failure_connect()
    case 'CREDENTIAL_REFUSED':
      return m.upstreams_failure_credential()
    case 'INTERRUPTED':
      return m.upstreams_failure_interrupted()
    case 'INVALID_ANSWER':
      return m.upstreams_failure_invalid()
    case 'NOT_FOUND':
      return m.upstreams_failure_not_found()
    case 'QUOTA_EXHAUSTED':
      return m.upstreams_failure_quota()
    case 'RATE_LIMITED':
      return m.upstreams_failure_rate()
    case 'REFUSED':
      return m.upstreams_failure_refused()
    case 'RESET':
      return m.upstreams_failure_reset()
    case 'SERVER_ERROR':
      return m.upstreams_failure_server()
    case 'TIMEOUT':
      return m.upstreams_failure_timeout()
  }
}

/** What the upstream is. */
export function kindText(kind: UpstreamKind): string {
  switch (kind) {
    case 'OPENAI':
      return 'OpenAI'
    case 'AZURE_OPENAI':
      return 'Azure OpenAI'
    case 'GEMINI':
      return 'Google Gemini'
    case 'OPENROUTER':
      return 'OpenRouter'
    case 'OLLAMA':
      return 'Ollama'
    case 'VLLM':
      return 'vLLM'
    case 'GENERIC':
      return m.upstreams_kind_generic()
  }
}

/** The name of a step of the test. */
export function stepName(step: Step['step']): string {
  switch (step) {
    case 'DNS':
      return m.upstreams_step_dns()
    case 'CONNECT':
      return m.upstreams_step_connect()
    case 'TLS':
      return m.upstreams_step_tls()
    case 'AUTH':
      return m.upstreams_step_auth()
    case 'MODELS':
      return m.upstreams_step_models()
    case 'CALL':
      return m.upstreams_step_call()
  }
}

/** What a step found, or why it failed and what to do. English is the server's own; elsewhere the cause is known by its text. */
export function stepText({ step, ok, message }: Step): string {
  if (getLocale() === 'en') return message
  return ok ? successText(step, message) : causeText(step, message)
}

function successText(step: Step['step'], message: string): string {
  switch (step) {
    case 'DNS':
      return m.upstreams_ok_dns()
    case 'CONNECT':
      return m.upstreams_ok_connect()
    case 'TLS':
      return /no encryption|plain|http:/i.test(message) ? m.upstreams_ok_plain() : m.upstreams_ok_tls()
    case 'AUTH':
      return m.upstreams_ok_auth()
    case 'MODELS':
      return m.upstreams_ok_models({ count: formatNumber(Number(/\d+/.exec(message)?.[0] ?? 0)) })
    case 'CALL':
      return m.upstreams_ok_call()
  }
}

const causes: readonly [RegExp, () => string][] = [
  [/no host of this name|DNS does not respond/, m.upstreams_cause_dns],
  [/Nothing listens there/, m.upstreams_cause_refused],
  [/no network route/, m.upstreams_cause_route],
  [/not respond in time/, m.upstreams_cause_timeout],
  [/was reset|ended before a response/, m.upstreams_cause_reset],
  [/TLS with/, m.upstreams_cause_tls],
  [/wants a credential/, m.upstreams_cause_no_credential],
  [/refused the credential/, m.upstreams_cause_credential],
  [/has no \/models/, m.upstreams_cause_no_models],
  [/not respond with a list/, m.upstreams_cause_no_list],
  [/redirect/, m.upstreams_cause_redirect],
]

function causeText(step: Step['step'], message: string): string {
  const known = causes.find(([pattern]) => pattern.test(message))
  if (known) return known[1]()
  const status = /status (\d{3})/.exec(message)?.[1]
  if (status) return m.upstreams_cause_status({ status })
  return step === 'DNS' ? m.upstreams_cause_address() : m.upstreams_cause_unknown()
}
