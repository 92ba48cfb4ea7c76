// The upstream's model: its output depends on the request alone.
import { createHash } from 'node:crypto'
import { isObject } from './request.ts'

/** A conversation, whichever API it came by. */
export type Conversation = {
  /** The text of the last user message. */
  lastText: string
  /** The outputs of tools since. */
  toolOutputs: string[]
  tools: { name: string; parameters: unknown }[]
  /** False where no tool may be called. */
  mayCall: boolean
  /** True where all the tools are called at once. */
  parallel: boolean
  /** What the text must fit, where it must be JSON; `true` for any object. */
  schema: unknown
  /** Truncate the text after so many tokens. */
  maxTokens: number | null
}

/** What the model has to say: a refusal, calls of tools, or a text, in this order of precedence. */
export type Written = {
  refusal: string | null
  calls: { id: string; name: string; arguments: string }[]
  text: string
  /** True where the text was truncated. */
  abort: boolean
}

/** What the model writes in a conversation: the same for the same conversation. */
export function write(conversation: Conversation): Written {
  const { lastText, toolOutputs, tools, schema } = conversation
  const nothing = { refusal: null, calls: [], text: '', abort: false }
  if (/\brefuse\b/.test(lastText)) return { ...nothing, refusal: 'I’m sorry, I can’t help with that.' }
  if (tools.length > 0 && conversation.mayCall && toolOutputs.length === 0) {
    const calls = callsOf(conversation).map((call, index) => ({
      id: `call_${digest([call.name, lastText, index]).slice(0, 24)}`,
      ...call,
    }))
    return { ...nothing, calls }
  }
  const text =
    schema === undefined
      ? toolOutputs.length > 0
        ? `The tools say: ${toolOutputs.join('; ')}`
        : `You said “${lastText}”. 日本 🎉`
      : JSON.stringify(schema === true ? { said: lastText } : sampleOf(schema))
  const tokens = tokensOf(text)
  const { maxTokens } = conversation
  if (maxTokens === null || tokens.length <= maxTokens) return { ...nothing, text }
  return { ...nothing, text: tokens.slice(0, maxTokens).join(''), abort: true }
}

// A user may say which tool to call, and with what: `call read {"path":"a.txt"}`.
const ASKED = /\bcall (\w+) (\{.*\})/s

/** The tools that are called, each with arguments that fit it; or the one that the user asks for. */
function callsOf({ lastText, tools, parallel }: Conversation): { name: string; arguments: string }[] {
  const [, asked, given = ''] = ASKED.exec(lastText) ?? []
  if (asked !== undefined && tools.some(({ name }) => name === asked))
    return [{ name: asked, arguments: given }]
  return (parallel ? tools : tools.slice(0, 1)).map(({ name, parameters }) => ({
    name,
    arguments: JSON.stringify(sampleOf(parameters)),
  }))
}

/** A text in the pieces in which it is streamed and counted. */
export function tokensOf(text: string): string[] {
  return text.match(/.{1,4}/gsu) ?? []
}

/** Hex digits that stand for a value, for ids. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/** A value that fits a JSON Schema, as far as applications' schemas go. */
function sampleOf(schema: unknown, root: unknown = schema): unknown {
  if (!isObject(schema)) return {}
  if (typeof schema.$ref === 'string') return sampleOf(pointedAt(root, schema.$ref), root)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (Array.isArray(schema.anyOf)) return sampleOf(schema.anyOf[0], root)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'string':
      return 'Zürich'
    case 'integer':
      return 3
    case 'number':
      return 1.5
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return [sampleOf(schema.items, root), sampleOf(schema.items, root)]
    default: {
      const properties = isObject(schema.properties) ? schema.properties : {}
      return Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, sampleOf(property, root)]),
      )
    }
  }
}

function pointedAt(root: unknown, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), root)
}
