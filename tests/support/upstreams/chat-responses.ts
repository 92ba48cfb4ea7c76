// The responses of an OpenAI upstream to chat requests, for upstreams of tests.
import type { ServerResponse } from 'node:http'

export const USAGE = {
  prompt_tokens: 9,
  completion_tokens: 12,
  total_tokens: 21,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 0 },
}

export const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_763_800_000,
  model: 'm1-2026',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hi 日本' }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: USAGE,
}

/** The chunks of a stream: with `usage` as OpenAI sends them where include_usage was requested. */
export function chatChunks(usage: boolean): object[] {
  const chunk = (delta: object, finishReason: string | null) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_763_800_000,
    model: 'm1-2026',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(usage ? { usage: null } : {}),
  })
  const { choices: _, ...head } = chunk({}, null)
  return [
    chunk({ role: 'assistant', content: '' }, null),
    chunk({ content: 'Hi' }, null),
    chunk({ content: ' 日本' }, null),
    chunk({}, 'stop'),
    ...(usage ? [{ ...head, choices: [], usage: USAGE }] : []),
  ]
}

/** One server-sent event. */
export function event(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

/** The text of a whole stream. */
export function chatStream(usage: boolean): string {
  return [...chatChunks(usage), '[DONE]'].map(event).join('')
}

/** Sends the head of an event stream. */
export function startEvents(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers })
  response.flushHeaders()
}
