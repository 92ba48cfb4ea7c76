// Bodies of chat calls as messages, as far as they can be read; everything else is shown as it is.

import { isObject, parsed } from '#lib/json-at.ts'

/** `written`: the text is what somebody wrote, and nothing of it is JSON. */
export type Message = { role: string; text: string; written: boolean }

const most = 200

/** The messages of a request; null where its body is no chat. */
export function requestMessages(body: string): Message[] | null {
  const json = parsed(body)
  if (!isObject(json)) return null
  const list = Array.isArray(json.messages) ? json.messages : Array.isArray(json.input) ? json.input : null
  if (list === null)
    return typeof json.input === 'string' ? [{ role: 'user', ...contentText(json.input) }] : null
  return list.slice(0, most).map((each) => {
    const message = isObject(each) ? each : {}
    return {
      role: String(message.role ?? message.type ?? 'input'),
      ...contentText(message.content ?? each),
    }
  })
}

/** What a model wrote, of a whole response or of the events of a stream; null where it cannot be read. */
export function responseMessages(body: string): Message[] | null {
  const json = parsed(body)
  if (isObject(json)) {
    if (Array.isArray(json.choices))
      return json.choices.slice(0, most).map((choice) => {
        const message = isObject(choice) && isObject(choice.message) ? choice.message : {}
        return {
          role: String(message.role ?? 'assistant'),
          ...contentText(message.content ?? message.tool_calls ?? ''),
        }
      })
    if (Array.isArray(json.output))
      return json.output.slice(0, most).map((item) => ({
        role: isObject(item) ? String(item.role ?? item.type ?? 'output') : 'output',
        ...contentText(isObject(item) ? (item.content ?? item) : item),
      }))
    return null
  }
  return streamed(body)
}

function streamed(body: string): Message[] | null {
  let text = ''
  let found = false
  for (const line of body.split('\n')) {
    if (!line.startsWith('data:')) continue
    const event = parsed(line.slice(5))
    if (!isObject(event)) continue
    if (event.type === 'response.output_text.delta' && typeof event.delta === 'string') {
      text += event.delta
      found = true
    }
    const choice = Array.isArray(event.choices) ? event.choices[0] : undefined
    const delta = isObject(choice) && isObject(choice.delta) ? choice.delta : undefined
    if (delta === undefined) continue
    found = true
    text += typeof delta.content === 'string' ? delta.content : ''
  }
  return found ? [{ role: 'assistant', text, written: true }] : null
}

function contentText(content: unknown): Omit<Message, 'role'> {
  if (typeof content === 'string') return { text: content, written: true }
  if (!Array.isArray(content)) return { text: JSON.stringify(content, null, 2), written: false }
  const parts = content.map((part) =>
    isObject(part) && typeof part.text === 'string'
      ? { text: part.text, written: true }
      : { text: JSON.stringify(part, null, 2), written: false },
  )
  return {
    text: parts.map(({ text }) => text).join('\n'),
    written: parts.every(({ written }) => written),
  }
}
