// The kinds of upstreams, and what is known of each without a request.

/** How a credential is sent: `Authorization: Bearer …`, or `api-key: …` as Azure OpenAI takes it. */
export const AUTH_STYLES = ['BEARER', 'API_KEY'] as const
export type AuthStyle = (typeof AUTH_STYLES)[number]

export const UPSTREAM_KINDS = [
  'OPENAI',
  'GEMINI',
  'AZURE_OPENAI',
  'OPENROUTER',
  'OLLAMA',
  'VLLM',
  'GENERIC',
] as const
export type UpstreamKind = (typeof UPSTREAM_KINDS)[number]

export type UpstreamPreset = {
  /** Null where only its admin can know it. */
  baseUrl: string | null
  authStyle: AuthStyle
  needsCredential: boolean
}

export const UPSTREAM_PRESETS: Readonly<Record<UpstreamKind, UpstreamPreset>> = {
  OPENAI: { baseUrl: 'https://api.openai.com/v1', authStyle: 'BEARER', needsCredential: true },
  // https://ai.google.dev/gemini-api/docs/openai
  GEMINI: {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    authStyle: 'BEARER',
    needsCredential: true,
  },
  // Each resource has a host of its own: https://RESOURCE.openai.azure.com/openai/v1
  // https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
  AZURE_OPENAI: { baseUrl: null, authStyle: 'API_KEY', needsCredential: true },
  // https://openrouter.ai/docs/quickstart
  OPENROUTER: { baseUrl: 'https://openrouter.ai/api/v1', authStyle: 'BEARER', needsCredential: true },
  // https://docs.ollama.com/api/openai-compatibility
  OLLAMA: { baseUrl: 'http://127.0.0.1:11434/v1', authStyle: 'BEARER', needsCredential: false },
  // Its port is the gateway's own on one machine, so there is no address that would do for most.
  VLLM: { baseUrl: null, authStyle: 'BEARER', needsCredential: false },
  GENERIC: { baseUrl: null, authStyle: 'BEARER', needsCredential: false },
}
