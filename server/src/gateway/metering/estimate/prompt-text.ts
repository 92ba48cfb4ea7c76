// The text that a model was given and the text that it wrote, out of the bodies of a call: what tokens are estimated from.
import { isObject } from '../../../domain/is-object.ts'

/** Everything in a request that a model reads as text: messages, prompts, inputs, instructions, tools. '' for a body that is no JSON object. */
export function promptText(request: string): string {
  const body = parsed(request)
  if (!isObject(body)) return ''
  const parts = [body.instructions, body.messages, body.prompt, body.input, body.tools, body.functions]
  return parts
    .map(textIn)
    .filter((text) => text !== '')
    .join('\n')
}

/** Everything in a JSON response that a model wrote: contents, tool calls, refusals; of every choice. */
export function writtenText(response: string): string {
  return writtenIn(parsed(response))
}

/** The same of one line of an event stream; '' for a line that holds no event, or not the whole of one. */
export function writtenInLine(line: string): string {
  return line.startsWith('data:') ? writtenIn(parsed(line.slice('data:'.length))) : ''
}

// Members that a model reads or writes; the others are names, ids and roles.
const TEXT_MEMBERS = new Set([
  'content',
  'text',
  'input',
  'output',
  'arguments',
  'refusal',
  'reasoning_content',
  'reasoning',
  'tool_calls',
  'function',
  'name',
  'description',
  'parameters',
])
/** Where a text begins that a model wrote, in JSON that is not whole. */
const WRITTEN_BEGIN = /"(?:content|text|delta|arguments|refusal|reasoning_content|reasoning)"\s*:\s*"(?!")/
const ESCAPES = /\\(?:u([0-9a-fA-F]{4})|(.))/gs

/**
 * The text in a part of a JSON body or of an event stream in which nothing whole can be parsed: all of it, unescaped, from
 * where a text that a model wrote begins. `begun`: the part stands within such a text. '' where none begins.
 */
export function textOfPart(part: string, begun: boolean): string {
  const begin = WRITTEN_BEGIN.exec(part)
  if (begin === null && !begun) return ''
  return unescaped(begin === null ? part : part.slice(begin.index + begin[0].length))
}

/** JSON's escapes undone, in a text that may begin or end within one. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(ESCAPES, (_, hex: string | undefined, letter: string | undefined) =>
    hex === undefined
      ? letter === 'n'
        ? '\n'
        : (letter ?? '')
      : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function writtenIn(response: unknown): string {
  if (!isObject(response)) return ''
  // An event of the Responses API; its last event repeats the whole response, which is not written twice.
  if (typeof response.type === 'string' && response.type.endsWith('.delta')) return textIn(response.delta)
  if (Array.isArray(response.choices)) {
    return response.choices
      .filter(isObject)
      .map((choice) => textIn(choice.delta ?? choice.message ?? choice.text))
      .join('')
  }
  return Array.isArray(response.output) ? textIn(response.output) : ''
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('\n')
  if (!isObject(value)) return ''
  return Object.entries(value)
    .filter(([name]) => TEXT_MEMBERS.has(name))
    .map(([name, member]) => (name === 'parameters' ? JSON.stringify(member) : textIn(member)))
    .join('')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
