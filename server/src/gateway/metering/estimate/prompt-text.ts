// The text that a model was given and the text that it gave, out of the bodies of a call: what tokens are estimated from.
import { isObject } from '../../../domain/is-object.ts'

/** A call whose upstream told no usage: its bodies, as far as they were kept. */
export type UnmeteredCall = {
  request: string
  response: string
  isEventStream: boolean
}

/** Everything in a request that a model reads as text: messages, prompts, inputs, instructions, tools. */
export function textGiven(request: string): string {
  const body = parsed(request)
  if (!isObject(body)) return ''
  const parts = [body.instructions, body.messages, body.prompt, body.input, body.tools, body.functions]
  return parts
    .map(textIn)
    .filter((text) => text !== '')
    .join('\n')
}

/** Everything in an answer that a model wrote: contents, tool calls, refusals; of every choice. */
export function textWritten(response: string, isEventStream: boolean): string {
  if (!isEventStream) return writtenIn(parsed(response))
  let text = ''
  for (const line of response.split(/\r\n|\n|\r/)) {
    if (line.startsWith('data:')) text += writtenIn(parsed(line.slice('data:'.length)))
  }
  return text
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

// Members that a model reads or writes; the others are names, ids and roles.
const SPOKEN = new Set([
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

function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('\n')
  if (!isObject(value)) return ''
  return Object.entries(value)
    .filter(([name]) => SPOKEN.has(name))
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
