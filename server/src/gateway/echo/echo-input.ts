// Finds the text in what clients send: strings, lists of parts, lists of messages.
import { isObject } from '../../domain/is-object.ts'

export type Json = Record<string, unknown>

/** The text of the last message with the role `user`; without one, of the last message. */
export function lastUserText(messages: unknown): string {
  if (!Array.isArray(messages)) return ''
  const lastText = messages.filter(isObject)
  const last = lastText.findLast((message) => message.role === 'user') ?? lastText.at(-1)
  return last === undefined ? '' : inputText(last.content)
}

/** The text of all messages, one a line: the prompt's tokens are counted from it. */
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
  // A list of numbers is a prompt in tokens; the echo is its numbers.
  return input.map((part) => (typeof part === 'number' ? String(part) : partText(part))).join(' ')
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part
  if (Array.isArray(part)) return inputText(part)
  return isObject(part) && typeof part.text === 'string' ? part.text : ''
}
