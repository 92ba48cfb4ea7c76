// The input of the calls with OpenAI's SDK: a short conversation and two tools.
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions'

export const messages: ChatCompletionMessageParam[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Grüß dich 👋' },
]
export const chat = { model: 'm1', messages }
export const saying = (content: string) => ({ ...chat, messages: [{ role: 'user' as const, content }] })
export const weather: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
    strict: true,
  },
}
export const clock: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'clock',
    parameters: { type: 'object', properties: { zone: { enum: ['Europe/Zurich'] } } },
  },
}
