// Which members of a request's body name a model, or choose one, beside `model`. An upstream may go by any of them: gateways and
// providers have members of their own for fallbacks, routing and stored prompts.
// https://openrouter.ai/docs/guides/routing/model-fallbacks, https://docs.litellm.ai/docs/proxy/reliability,
// https://vercel.com/docs/ai-gateway/models-and-providers/model-fallbacks, https://platform.openai.com/docs/guides/prompting
import { isObject } from '../is-object.ts'
import { foldedName } from '../member-names.ts'
import { CHOICES, OUTPUT_BOUNDS } from './reservation-size.ts'

// They choose a model by what only the upstream knows.
const CHOOSING: ReadonlySet<string> = new Set([
  'route',
  'fallbacks',
  'context_window_fallbacks',
  'content_policy_fallbacks',
  'preset',
  'deployment',
  'deployment_id',
  'engine',
  // A model made beside another: of LoRAX, SGLang and Mistral.
  'adapter_id',
  'lora_path',
  'agent_id',
  'api_base',
  'base_url',
  'custom_llm_provider',
])

/** What the rules of a key, its limits or its costs go by: some parsers take these names in other letters, too. */
export const JUDGED_MEMBERS: ReadonlySet<string> = new Set([
  'background',
  'input',
  'max_tool_calls',
  'messages',
  'model',
  'models',
  'previous_response_id',
  'prompt',
  'provider',
  'service_tier',
  'session',
  'store',
  'stream',
  'stream_options',
  'tools',
  ...OUTPUT_BOUNDS,
  ...CHOICES,
  ...CHOOSING,
])

// Members of a body that are text of the client's own, in which anything may be called anything.
const CONTENT: ReadonlySet<string> = new Set([
  'documents',
  'functions',
  'input',
  'instructions',
  'messages',
  'metadata',
  'prediction',
  'query',
  'response_format',
  'text',
])
// The same within other members: schemas, and what is sent to tools.
const INNER_CONTENT: ReadonlySet<string> = new Set([
  'arguments',
  'input_schema',
  'json_schema',
  'metadata',
  'properties',
  'schema',
  'variables',
])
const DEPTH_MAX = 32

/** Whether a member of a body is text that names no model, whatever is in it. */
export function isContent(name: string): boolean {
  return CONTENT.has(name)
}

/** Whether a member chooses a model by what only the upstream knows. `value`: parsed; absent: any. */
export function choosesModel(name: string, value: unknown = true): boolean {
  if (value === null || value === false || value === undefined) return false
  // The prompt of a completion is text, or tokens; that of the Responses API is stored, with a model.
  return CHOOSING.has(name) || (name === 'prompt' && isObject(value))
}

// Gateways and routers that an upstream may be, or stand behind: their headers choose models, fallbacks and other upstreams.
// https://portkey.ai/docs/api-reference/inference-api/headers, https://docs.helicone.ai/helicone-headers/header-directory,
// https://docs.litellm.ai/docs/proxy/request_headers, https://aigateway.envoyproxy.io/docs/
const CHOOSING_HEADERS = ['helicone-', 'x-ai-eg-', 'x-litellm-', 'x-portkey-']

/** Whether a header, by its name in lower case, chooses a model whatever the body says. */
export function headerChoosesModel(name: string): boolean {
  return name.includes('model') || CHOOSING_HEADERS.some((prefix) => name.startsWith(prefix))
}

/** Whether what stands under a name is a model, or several. */
export function namesModel(name: string): boolean {
  return foldedName(name).includes('model')
}

/** Every model that a member of a body names, at any depth but in what is content. */
export function modelsIn(name: string, value: unknown): string[] {
  const found: string[] = []
  collect(name, value, 0, found)
  return found
}

function collect(name: string, value: unknown, depth: number, found: string[]): void {
  if (typeof value === 'string') {
    if (namesModel(name)) found.push(value)
  } else if (Array.isArray(value) && depth < DEPTH_MAX) {
    for (const one of value) collect(name, one, depth + 1, found)
  } else if (isObject(value) && depth < DEPTH_MAX) {
    // The parameters of a function are a schema; those of a tool of the upstream's may name a model.
    const isFunction = value.type === 'function' || value.type === 'custom'
    for (const [key, member] of Object.entries(value)) {
      if (INNER_CONTENT.has(key) || (isFunction && typeof member === 'object')) continue
      collect(key, member, depth + 1, found)
    }
  }
}

/** How many keys in a parsed value name a model: fewer than in its text where one of them stands twice. */
export function countModelKeys(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + countModelKeys(one), 0)
  if (!isObject(value)) return 0
  return Object.entries(value).reduce(
    (sum, [key, member]) => sum + Number(namesModel(key)) + countModelKeys(member),
    0,
  )
}

const STRING = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?/g

/** The same in the text of valid JSON. */
export function countModelKeysInText(json: string): number {
  let count = 0
  for (const [, text = '', colon] of json.matchAll(STRING)) {
    if (colon === undefined) continue
    const key: unknown = text.includes('\\') ? JSON.parse(`"${text}"`) : text
    if (typeof key === 'string' && namesModel(key)) count++
  }
  return count
}
