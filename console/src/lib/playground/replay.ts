// A request of an application as the playground can send it again: read from what is kept of the request. What the playground cannot send
// is counted or named, so that nobody takes the second call for the first.
import { isObject, parsed } from '#lib/json-at.ts'
import { type Mode, noParameters, type Parameters, type PastExchange, pathOf } from './playground-request.ts'

/** Parts of messages. `tool`: calls of tools, and what the tools returned. */
export const leftOutParts = ['image', 'audio', 'file', 'tool', 'other'] as const
export type LeftOutPart = (typeof leftOutParts)[number]

export type Replay = {
  mode: Mode
  parameters: Parameters
  /** What was said before the last prompt. */
  past: readonly PastExchange[]
  /** The last prompt; empty where the request ends with words of the model. */
  text: string
  leftOut: {
    parts: Readonly<Record<LeftOutPart, number>>
    /** Members of the request, by the names of the wire. */
    members: readonly string[]
  }
}

type Body = Readonly<Record<string, unknown>>
type Said = { role: 'system' | 'user' | 'assistant'; text: string }

const responsesPath = '/v1/responses'
// Members that say who calls and how, and change nothing of what a model responds.
const unimportant = [
  'model',
  'stream',
  'stream_options',
  'user',
  'metadata',
  'store',
  'prompt_cache_key',
  'safety_identifier',
]
const membersMax = 20
const nameChars = 64

/** `body`: JSON, no longer than what is kept of a call. A string says why it cannot be: of another endpoint, or no request of it. */
export function replayOf(endpoint: string, body: string): Replay | 'endpoint' | 'unreadable' {
  const isResponses = endpoint === responsesPath
  const mode: Mode | undefined = isResponses ? 'chat' : replayed.find((each) => pathOf[each] === endpoint)
  if (mode === undefined) return 'endpoint'
  const json = parsed(body)
  if (!isObject(json)) return 'unreadable'
  if (mode === 'chat') return chatReplay(json, isResponses ? json.input : json.messages)
  const text = mode === 'image' ? json.prompt : json.input
  if (typeof text !== 'string') return 'unreadable'
  const own =
    mode === 'image' ? { imageSize: textOf(json.size) } : { voice: textOf(json.voice) || noParameters.voice }
  const choice = mode === 'image' ? 'size' : 'voice'
  // A voice of one's own is an object, which the playground cannot choose.
  const used = [mode === 'image' ? 'prompt' : 'input', ...(typeof json[choice] === 'string' ? [choice] : [])]
  return {
    mode,
    parameters: { ...noParameters, ...own },
    past: [],
    text,
    leftOut: { parts: noParts(), members: otherMembers(json, used) },
  }
}

const replayed = ['chat', 'image', 'speech'] as const satisfies readonly Mode[]

function chatReplay(json: Body, list: unknown): Replay | 'unreadable' {
  const items = typeof list === 'string' ? [{ role: 'user', content: list }] : list
  if (!Array.isArray(items)) return 'unreadable'
  const parts = noParts()
  const said = items.flatMap((item) => saidIn(item, parts))
  const instructions = textOf(json.instructions)
  const system = [instructions, ...said.flatMap(({ role, text }) => (role === 'system' ? [text] : []))]
  const { past, text } = exchangesOf(said, parts)
  const limit = json.max_completion_tokens ?? json.max_output_tokens ?? json.max_tokens
  return {
    mode: 'chat',
    parameters: {
      ...noParameters,
      system: joined(system),
      temperature: numberOf(json.temperature),
      topP: numberOf(json.top_p),
      maxTokens: numberOf(limit),
      reasoning: textOf(json.reasoning_effort) || effortOf(json.reasoning),
    },
    past,
    text,
    leftOut: { parts, members: [...otherMembers(json, chatMembers), ...otherReasoning(json.reasoning)] },
  }
}

const chatMembers = [
  'messages',
  'input',
  'instructions',
  'temperature',
  'top_p',
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens',
  'reasoning_effort',
  'reasoning',
]

/** One message, of either dialect; what of it is no text is counted in `parts`. */
function saidIn(item: unknown, parts: Record<LeftOutPart, number>): Said[] {
  if (!isObject(item)) {
    parts.other += 1
    return []
  }
  const { role } = item
  const type = String(item.type ?? '')
  if (Array.isArray(item.tool_calls)) parts.tool += item.tool_calls.length
  if (isObject(item.function_call)) parts.tool += 1
  if (isObject(item.audio)) parts.audio += 1
  // `function_call`, `web_search_call`, `computer_call_output` and the like.
  if (role === 'tool' || role === 'function' || type.includes('_call')) {
    parts.tool += 1
    return []
  }
  // An item of the Responses API that is no message; what the model has thought is sent by nobody.
  if (role === undefined && type !== 'reasoning') parts.other += 1
  if (role === undefined) return []
  const text = contentText(item.content, parts)
  if (text === '') return []
  if (role === 'system' || role === 'developer') return [{ role: 'system', text }]
  if (role === 'user' || role === 'assistant') return [{ role, text }]
  parts.other += 1
  return []
}

function contentText(content: unknown, parts: Record<LeftOutPart, number>): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts: string[] = []
  for (const part of content) {
    const type = isObject(part) ? String(part.type ?? '') : ''
    if (isObject(part) && typeof part.text === 'string') texts.push(part.text)
    else if (type.includes('image')) parts.image += 1
    else if (type.includes('audio')) parts.audio += 1
    else if (type.includes('file')) parts.file += 1
    else parts.other += 1
  }
  return joined(texts)
}

/** Prompts that nothing was said to, as those that were followed by calls of tools alone, become one with the next. */
function exchangesOf(said: readonly Said[], parts: Record<LeftOutPart, number>) {
  const past: PastExchange[] = []
  let prompts: string[] = []
  for (const { role, text } of said) {
    const before = past.at(-1)
    if (role === 'user') prompts.push(text)
    else if (role === 'assistant' && prompts.length > 0) {
      past.push({ prompt: { text: joined(prompts), images: [], recording: null }, reply: text })
      prompts = []
    } else if (role === 'assistant' && before) {
      past[past.length - 1] = { ...before, reply: joined([before.reply, text]) }
      // Nothing is said before the first prompt.
    } else if (role === 'assistant') parts.other += 1
  }
  return { past, text: joined(prompts) }
}

function otherMembers(json: Body, used: readonly string[]): string[] {
  return Object.keys(json)
    .filter((name) => json[name] !== null && !used.includes(name) && !unimportant.includes(name))
    .slice(0, membersMax)
    .map((name) => name.slice(0, nameChars))
}

/** What `reasoning` of the Responses API has beside the effort. */
function otherReasoning(reasoning: unknown): string[] {
  return isObject(reasoning) ? otherMembers(reasoning, ['effort']).map((name) => `reasoning.${name}`) : []
}

function effortOf(reasoning: unknown): string {
  return isObject(reasoning) ? textOf(reasoning.effort) : ''
}

const noParts = (): Record<LeftOutPart, number> => ({ image: 0, audio: 0, file: 0, tool: 0, other: 0 })
const joined = (texts: readonly string[]) => texts.filter((text) => text.trim() !== '').join('\n\n')
const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown) => (typeof value === 'number' ? String(value) : '')
