// The text that a model was given and the text that it gave, out of the bodies of a call: what tokens are estimated from.

/** A call whose upstream told no usage: its bodies, as far as they were kept. */
export type UnmeteredCall = {
  request: string
  answer: string
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
export function textWritten(answer: string, isEventStream: boolean): string {
  if (!isEventStream) return writtenIn(parsed(answer))
  let text = ''
  for (const line of answer.split(/\r\n|\n|\r/)) {
    if (line.startsWith('data:')) text += writtenIn(parsed(line.slice('data:'.length)))
  }
  return text
}

function writtenIn(answer: unknown): string {
  if (!isObject(answer)) return ''
  // An event of the Responses API; its last event repeats the whole response, which is not written twice.
  if (typeof answer.type === 'string' && answer.type.endsWith('.delta')) return textIn(answer.delta)
  if (Array.isArray(answer.choices)) {
    return answer.choices
      .filter(isObject)
      .map((choice) => textIn(choice.delta ?? choice.message ?? choice.text))
      .join('')
  }
  return Array.isArray(answer.output) ? textIn(answer.output) : ''
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
