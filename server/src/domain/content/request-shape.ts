// The shape of a request to a model: how many messages by role, which tools and parameters. None of the text.
import { isObject } from '../is-object.ts'

export type RequestShape = {
  /** Messages, or items of input; null where the body has neither. */
  messages: number | null
  /** Messages by role; what is no role of the API counts as `other`. */
  roles: Record<string, number>
  /** Names of the tools that the model may call. */
  tools: string[]
  /** Parameters that are numbers, booleans or one of a few names. */
  parameters: Record<string, string | number | boolean>
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function']
const TOOLS_MAX = 128
const WORD = /^[\w.:/-]{1,64}$/

// Of the OpenAI API, none of which is text of a user: https://platform.openai.com/docs/api-reference.
const PARAMETERS =
  'model stream temperature top_p top_k n max_tokens max_completion_tokens max_output_tokens presence_penalty frequency_penalty repetition_penalty seed logprobs top_logprobs reasoning_effort verbosity service_tier store background truncation parallel_tool_calls tool_choice max_tool_calls response_format encoding_format dimensions voice size quality style background response_format output_format output_compression speed'.split(
    ' ',
  )

/** Reads a parsed body; null where it is no object. */
export function requestShape(body: unknown): RequestShape | null {
  if (!isObject(body)) return null
  const messages = body.messages ?? body.input ?? body.prompt
  return {
    messages: Array.isArray(messages) ? messages.length : typeof messages === 'string' ? 1 : null,
    roles: rolesIn(messages),
    tools: toolsIn(body.tools ?? body.functions),
    parameters: parametersIn(body),
  }
}

/** The same of a body's text; null where it is no JSON object. */
export function requestShapeOf(text: string): RequestShape | null {
  try {
    return requestShape(JSON.parse(text))
  } catch {
    return null
  }
}

function rolesIn(messages: unknown): Record<string, number> {
  const counts: Record<string, number> = {}
  if (!Array.isArray(messages)) return counts
  for (const message of messages) {
    if (!isObject(message) || message.role === undefined) continue
    const role = ROLES.find((known) => known === message.role) ?? 'other'
    counts[role] = (counts[role] ?? 0) + 1
  }
  return counts
}

/** Of both forms of the API: `{type, function: {name}}` and `{type, name}`; a built-in tool is called by its type. */
function toolsIn(tools: unknown): string[] {
  if (!Array.isArray(tools)) return []
  return tools.slice(0, TOOLS_MAX).flatMap((tool) => {
    if (!isObject(tool)) return []
    const inner = isObject(tool.function) ? tool.function : tool
    const name = inner.name ?? tool.type
    return typeof name === 'string' && WORD.test(name) ? [name] : []
  })
}

function parametersIn(body: Record<string, unknown>): RequestShape['parameters'] {
  const parameters: RequestShape['parameters'] = {}
  for (const name of PARAMETERS) {
    const value = body[name]
    // `{type: "json_schema", …}` and the like: their kind, not what they hold.
    const plain = isObject(value) ? value.type : value
    const known =
      typeof plain === 'boolean' ||
      (typeof plain === 'number' && Number.isFinite(plain)) ||
      (typeof plain === 'string' && WORD.test(plain))
    if (known) parameters[name] = plain as string | number | boolean
  }
  return parameters
}
