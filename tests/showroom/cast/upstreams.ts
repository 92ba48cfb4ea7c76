// The five upstreams of the seeded server and its twelve models: how they are set up, how fast they are and how they fail.
import type { FailureClass } from '@latchkey/server/domain/upstreams/failure-class.ts'
import type { TransportReason } from '@latchkey/server/domain/upstreams/transport-reason.ts'
import type { UpstreamKind } from '@latchkey/server/domain/upstreams/upstream-kind.ts'

/** A failure as an upstream has it, and after how many milliseconds it is known. */
export type PlannedFailure = {
  failure: FailureClass
  /** The upstream's own code, or the gateway's for a transport error. */
  code: string
  message: string | null
  /** Null: there was no response head. */
  httpStatus: number | null
  reason: TransportReason | null
  afterMs: number
}

export type PlannedUpstream = {
  name: string
  kind: UpstreamKind
  /** Where providers.ts serves it; the last digit of the port. */
  place: number
  path: string
  credentials: { name: string; secret: string; weight: number }[]
  /** The share of attempts that fail, in ordinary hours. */
  failing: number
  /** Hours before the end of the history in which it fails far more, from and to, and the share that fails. */
  incidents: readonly (readonly [number, number, number])[]
  /** Multiplies every duration. */
  slowness: number
  failures: readonly (readonly [PlannedFailure, number])[]
}

export type PlannedModel = {
  name: string
  routes: { upstream: string; model: string; priority?: number; weight?: number }[]
  /** US dollars for a million tokens; absent: the list price of the provider, or none. */
  price?: { input: string; cached?: string; output: string }
  isDefault?: true
  /** Milliseconds until the first token, and tokens a second after that. */
  firstTokenMs: number
  tokensASecond: number
  kind: 'CHAT' | 'REASONING' | 'EMBEDDING' | 'IMAGE'
}

const SERVER_ERROR: PlannedFailure = {
  failure: 'SERVER_ERROR',
  code: 'server_error',
  message: 'The server had an error while processing your request. Sorry about that!',
  httpStatus: 500,
  reason: null,
  afterMs: 900,
}
const OVERLOADED: PlannedFailure = {
  failure: 'SERVER_ERROR',
  code: 'overloaded',
  message: 'The engine is currently overloaded, please try again later.',
  httpStatus: 503,
  reason: null,
  afterMs: 240,
}
const RATE_LIMITED: PlannedFailure = {
  failure: 'RATE_LIMITED',
  code: 'rate_limit_exceeded',
  message: 'Rate limit reached for tokens per minute. Please try again in 4.2s.',
  httpStatus: 429,
  reason: null,
  afterMs: 130,
}
const HEAD_TIMEOUT: PlannedFailure = {
  failure: 'TIMEOUT',
  code: 'upstream_timeout',
  message: null,
  httpStatus: null,
  reason: 'HEAD_TIMEOUT',
  afterMs: 30_000,
}
const REFUSED_CONNECTION: PlannedFailure = {
  failure: 'CONNECT',
  code: 'upstream_unreachable',
  message: null,
  httpStatus: null,
  reason: 'CONNECTION_REFUSED',
  afterMs: 3,
}
const RESET: PlannedFailure = {
  failure: 'RESET',
  code: 'upstream_unreachable',
  message: null,
  httpStatus: null,
  reason: 'CONNECTION_RESET',
  afterMs: 1_800,
}
const TOO_LONG: PlannedFailure = {
  failure: 'REFUSED',
  code: 'context_length_exceeded',
  message: "This model's maximum context length is 128000 tokens. Your messages resulted in 141212 tokens.",
  httpStatus: 400,
  reason: null,
  afterMs: 180,
}
const FILTERED: PlannedFailure = {
  failure: 'REFUSED',
  code: 'content_filter',
  message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
  httpStatus: 400,
  reason: null,
  afterMs: 310,
}

export const UPSTREAMS: readonly PlannedUpstream[] = [
  {
    name: 'openai',
    kind: 'OPENAI',
    place: 1,
    path: '/v1',
    credentials: [
      { name: 'production', secret: 'sk-showroom-openai-production-9Qx4', weight: 3 },
      { name: 'batch', secret: 'sk-showroom-openai-batch-Lm27', weight: 1 },
    ],
    failing: 0.006,
    incidents: [[1_010, 1_007, 0.55]],
    slowness: 1,
    failures: [
      [SERVER_ERROR, 3],
      [RATE_LIMITED, 5],
      [TOO_LONG, 3],
      [HEAD_TIMEOUT, 0.5],
    ],
  },
  {
    name: 'azure-eu',
    kind: 'AZURE_OPENAI',
    place: 2,
    path: '/openai/v1',
    credentials: [{ name: 'sweden-central', secret: 'azure-showroom-sweden-71ce', weight: 1 }],
    failing: 0.19,
    incidents: [
      [1_540, 1_530, 0.9],
      [392, 387, 0.95],
      [5, 0, 0.8],
    ],
    slowness: 1.3,
    failures: [
      [OVERLOADED, 6],
      [RATE_LIMITED, 3],
      [HEAD_TIMEOUT, 1],
      [RESET, 2],
      [FILTERED, 0.25],
    ],
  },
  {
    name: 'gemini',
    kind: 'GEMINI',
    place: 3,
    path: '/v1beta/openai',
    credentials: [{ name: 'default', secret: 'AIza-showroom-gemini-c03f', weight: 1 }],
    failing: 0.011,
    incidents: [[700, 698, 0.4]],
    slowness: 0.9,
    failures: [
      [OVERLOADED, 4],
      [RATE_LIMITED, 2],
      [TOO_LONG, 1],
    ],
  },
  {
    name: 'openrouter',
    kind: 'OPENROUTER',
    place: 4,
    path: '/api/v1',
    credentials: [{ name: 'default', secret: 'sk-or-showroom-88ab', weight: 1 }],
    failing: 0.018,
    incidents: [],
    slowness: 1.1,
    failures: [
      [OVERLOADED, 2],
      [RATE_LIMITED, 3],
      [RESET, 1],
    ],
  },
  {
    name: 'vllm-onprem',
    kind: 'VLLM',
    place: 5,
    path: '/v1',
    credentials: [],
    failing: 0.014,
    incidents: [
      [1_200, 1_176, 0.97],
      [60, 58, 0.85],
    ],
    // The slow one.
    slowness: 2.6,
    failures: [
      [REFUSED_CONNECTION, 5],
      [HEAD_TIMEOUT, 2],
      [SERVER_ERROR, 1],
    ],
  },
]

export const MODELS: readonly PlannedModel[] = [
  {
    name: 'gpt-5',
    routes: [
      { upstream: 'openai', model: 'gpt-5' },
      { upstream: 'azure-eu', model: 'gpt-5', priority: 1 },
    ],
    firstTokenMs: 1_900,
    tokensASecond: 68,
    kind: 'REASONING',
  },
  {
    name: 'gpt-5-mini',
    routes: [{ upstream: 'openai', model: 'gpt-5-mini' }],
    isDefault: true,
    firstTokenMs: 640,
    tokensASecond: 130,
    kind: 'CHAT',
  },
  {
    name: 'gpt-4.1',
    routes: [
      { upstream: 'azure-eu', model: 'gpt-4.1', weight: 2 },
      { upstream: 'openai', model: 'gpt-4.1', weight: 1 },
    ],
    firstTokenMs: 520,
    tokensASecond: 92,
    kind: 'CHAT',
  },
  {
    name: 'gpt-4o-mini',
    routes: [
      { upstream: 'azure-eu', model: 'gpt-4o-mini' },
      { upstream: 'openai', model: 'gpt-4o-mini', priority: 1 },
    ],
    price: { input: '0.12', cached: '0.06', output: '0.48' },
    firstTokenMs: 380,
    tokensASecond: 140,
    kind: 'CHAT',
  },
  {
    name: 'o4-mini',
    routes: [{ upstream: 'openai', model: 'o4-mini' }],
    firstTokenMs: 4_200,
    tokensASecond: 110,
    kind: 'REASONING',
  },
  {
    name: 'text-embedding-3-small',
    routes: [{ upstream: 'openai', model: 'text-embedding-3-small' }],
    firstTokenMs: 90,
    tokensASecond: 40_000,
    kind: 'EMBEDDING',
  },
  {
    name: 'gpt-image-1',
    routes: [{ upstream: 'openai', model: 'gpt-image-1' }],
    firstTokenMs: 14_000,
    tokensASecond: 240,
    kind: 'IMAGE',
  },
  {
    name: 'gemini-2.5-pro',
    routes: [{ upstream: 'gemini', model: 'gemini-2.5-pro' }],
    firstTokenMs: 2_400,
    tokensASecond: 84,
    kind: 'REASONING',
  },
  {
    name: 'gemini-2.5-flash',
    routes: [{ upstream: 'gemini', model: 'gemini-2.5-flash' }],
    firstTokenMs: 430,
    tokensASecond: 190,
    kind: 'CHAT',
  },
  {
    name: 'claude-sonnet-4.5',
    routes: [{ upstream: 'openrouter', model: 'anthropic/claude-sonnet-4.5' }],
    firstTokenMs: 1_300,
    tokensASecond: 61,
    kind: 'CHAT',
  },
  {
    name: 'llama-3.3-70b',
    routes: [
      { upstream: 'vllm-onprem', model: 'meta-llama/Llama-3.3-70B-Instruct' },
      { upstream: 'openrouter', model: 'meta-llama/llama-3.3-70b-instruct', priority: 1 },
    ],
    price: { input: '0.05', output: '0.24' },
    firstTokenMs: 420,
    tokensASecond: 38,
    kind: 'CHAT',
  },
  {
    // Nobody has said what it costs.
    name: 'qwen3-coder-30b',
    routes: [{ upstream: 'vllm-onprem', model: 'Qwen/Qwen3-Coder-30B-A3B-Instruct' }],
    firstTokenMs: 310,
    tokensASecond: 52,
    kind: 'CHAT',
  },
]

/** The share of attempts that fail at an upstream, so many hours before the end of the history. */
export function failingShare({ failing, incidents }: PlannedUpstream, hoursBeforeEnd: number): number {
  const incident = incidents.find(([from, to]) => hoursBeforeEnd <= from && hoursBeforeEnd > to)
  return incident === undefined ? failing : incident[2]
}
