// Finds the text in what clients send: strings, lists of parts, lists of messages.
import { isObject } from '../../domain/is-object.ts'

export type Json = Record<string, unknown>

/** The text of the last message that a user said; of the last message of all where no user said any. */
export function lastUserText(messages: unknown): string {
  if (!Array.isArray(messages)) return ''
  const lastText = messages.filter(isObject)
  const last = lastText.findLast((message) => message.role === 'user') ?? lastText.at(-1)
  return last === undefined ? '' : inputText(last.content)
}

/** All that was said, one message a line: what the prompt's tokens are counted of. */
export function promptText(messages: unknown): string {
  if (!Array.isArray(messages)) return ''
  return messages
    .filter(isObject)
    .map((message) => inputText(message.content))
    .join('\n')
}

/** The text of a string, of a list of strings, or of a list of content parts (`{ type: "text", text }`). */
export function inputText(input: unknown): string {
  if (typeof input === 'string') return input
  if (!Array.isArray(input)) return ''
  // A list of numbers is a prompt in tokens; its numbers are as good an echo as any.
  return input.map((part) => (typeof part === 'number' ? String(part) : partText(part))).join(' ')
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part
  if (Array.isArray(part)) return inputText(part)
  return isObject(part) && typeof part.text === 'string' ? part.text : ''
}
