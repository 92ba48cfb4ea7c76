// The echo in the format of the Responses API: https://platform.openai.com/docs/api-reference/responses.
import { inputText, type Json, lastUserText, promptText } from './echo-input.ts'
import { countTokens, ECHO_MODEL, pieces } from './echo-text.ts'

/** A finished response to a request. */
export function responseObject(request: Json, id: string, createdAt: number) {
  const { input } = request
  const isText = typeof input === 'string'
  const echoed = isText ? input : lastUserText(input)
  const inputTokens = countTokens(`${inputText(request.instructions)}\n${isText ? input : promptText(input)}`)
  const outputTokens = countTokens(echoed)
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: createdAt,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: null,
    model: ECHO_MODEL,
    output: [messageItem(id, echoed)],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
    metadata: request.metadata ?? {},
  }
}

/** The same response as the events of a stream, numbered from 0. */
export function responseEvents(response: ReturnType<typeof responseObject>): Buffer[] {
  const [item] = response.output
  const [part] = item?.content ?? []
  if (item === undefined || part === undefined) return []
  const begun = { ...response, status: 'in_progress', output: [], usage: null }
  const at = { item_id: item.id, output_index: 0, content_index: 0 }
  const events: Json[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    ...pieces(part.text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response },
  ]
  return events.map((event, index) =>
    Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`),
  )
}

function messageItem(id: string, text: string) {
  return {
    id: `msg_${id}`,
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  }
}
