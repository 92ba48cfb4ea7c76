// The words for what is known of an upstream.
import type { Upstream, UpstreamKind, UpstreamTest } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

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
