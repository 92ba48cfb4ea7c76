// The Responses API, with its streams and its stored responses: https://platform.openai.com/docs/api-reference/responses.

import { RequestFailure } from './failures.ts'
import { type Asked, type Endpoints, isObject, objectsIn, textOf } from './request.ts'
import { CREATED } from './respond.ts'
import { eventsOf } from './response-events.ts'
import { type Conversation, digest, tokensOf, type Written, write } from './writing.ts'

export type Stored = { response: Record<string, unknown>; input: Record<string, unknown>[] }

/** A stream of the model `failing-late` ends as failed. */
export function responseEndpoints(stored = new Map<string, Stored>()): Endpoints {
  const found = (id: string) => storedAs(id, stored)
  return {
    'POST /responses': async ({ json }, reply) => {
      const response = respondTo(json, stored, json.store !== false)
      if (json.stream !== true) return reply.json(response)
      await reply.events(eventsOf(response), true)
    },
    'POST /responses/compact': ({ json }, reply) => {
      const input = inputItems(json.input)
      reply.json({
        id: `resp_${digest(json).slice(0, 32)}`,
        object: 'response.compaction',
        created_at: CREATED,
        output: [{ id: 'cmp_1', type: 'compaction', encrypted_content: digest(input) }],
        usage: usageOf(json, input, write(conversationIn(json, input)), true),
      })
    },
    'POST /responses/input_tokens': ({ json }, reply) =>
      reply.json({
        object: 'response.input_tokens',
        input_tokens: tokensOf(JSON.stringify(inputItems(json.input))).length,
      }),
    'GET /responses/{id}': ({ ids: [id = ''], query }, reply) => {
      const { response } = found(id)
      if (query.get('stream') !== 'true') return reply.json(response)
      const after = Number(query.get('starting_after') ?? -1)
      return reply.events(eventsOf(response).slice(after + 1), true)
    },
    'POST /responses/{id}/cancel': ({ ids: [id = ''] }, reply) =>
      reply.json({ ...found(id).response, status: 'cancelled' }),
    'GET /responses/{id}/input_items': ({ ids: [id = ''] }, reply) => {
      const data = found(id).input.map((item, index) => ({ id: `msg_in_${index}`, ...item }))
      reply.json({
        object: 'list',
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more: false,
      })
    },
    'DELETE /responses/{id}': ({ ids: [id = ''] }, reply) => {
      found(id)
      stored.delete(id)
      reply.json({ id, object: 'response', deleted: true })
    },
  }
}

/** The response to a request, which is kept where `keeps`: a WebSocket keeps those of its own in any case. */
export function respondTo(
  json: Asked['json'],
  stored: Map<string, Stored>,
  keeps: boolean,
): Record<string, unknown> {
  const { previous_response_id: previous } = json
  const before = typeof previous === 'string' ? storedAs(previous, stored).input : []
  const input = inputItems(json.input)
  const response = respond(json, [...before, ...input])
  if (keeps) stored.set(String(response.id), { response, input })
  return response
}

function storedAs(id: string, stored: Map<string, Stored>): Stored {
  const one = stored.get(id)
  if (one !== undefined) return one
  throw new RequestFailure(404, `Response with id '${id}' not found.`)
}

function respond(json: Asked['json'], input: Record<string, unknown>[]): Record<string, unknown> {
  // A client of a WebSocket says what is to come, so that it is ready when it asks.
  const prepares = json.generate === false
  const written = prepares
    ? write({ ...conversationIn(json, []), mayCall: false })
    : write(conversationIn(json, input))
  const id = digest(json).slice(0, 32)
  const reasons = isObject(json.reasoning)
  const usage = usageOf(json, input, written, reasons)
  const failed = json.model === 'failing-late'
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: CREATED,
    status: failed ? 'failed' : written.abort ? 'incomplete' : 'completed',
    background: false,
    error: failed ? { code: 'server_error', message: 'The model failed.' } : null,
    incomplete_details: written.abort ? { reason: 'max_output_tokens' } : null,
    instructions: json.instructions ?? null,
    max_output_tokens: json.max_output_tokens ?? null,
    metadata: json.metadata ?? {},
    model: `${json.model}-2026-01-01`,
    output: prepares ? [] : outputOf(written, id, reasons),
    parallel_tool_calls: json.parallel_tool_calls ?? true,
    previous_response_id: json.previous_response_id ?? null,
    reasoning: { effort: null, summary: null, ...(isObject(json.reasoning) ? json.reasoning : {}) },
    service_tier: 'default',
    store: json.store ?? true,
    temperature: json.temperature ?? 1,
    text: json.text ?? { format: { type: 'text' } },
    tool_choice: json.tool_choice ?? 'auto',
    tools: json.tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage,
    user: null,
  }
}

function outputOf(written: Written, id: string, reasons: boolean): object[] {
  const reasoning = {
    id: `rs_${id}`,
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: '**Thinking** about it.' }],
    encrypted_content: null,
    status: 'completed',
  }
  const calls = written.calls.map((call, index) => ({
    id: `fc_${index}_${id}`,
    type: 'function_call',
    status: 'completed',
    call_id: call.id,
    name: call.name,
    arguments: call.arguments,
  }))
  const message = {
    id: `msg_${id}`,
    type: 'message',
    status: written.abort ? 'incomplete' : 'completed',
    role: 'assistant',
    content: [
      written.refusal === null
        ? { type: 'output_text', text: written.text, annotations: [], logprobs: [] }
        : { type: 'refusal', refusal: written.refusal },
    ],
  }
  return [...(reasons ? [reasoning] : []), ...(calls.length > 0 ? calls : [message])]
}

function conversationIn(json: Asked['json'], input: Record<string, unknown>[]): Conversation {
  const lastUser = input.findLastIndex(({ role }) => role === 'user')
  const text = isObject(json.text) ? json.text : {}
  const format = isObject(text.format) ? text.format : {}
  return {
    lastText: textOf(input[lastUser]?.content),
    toolOutputs: input
      .slice(lastUser + 1)
      .filter(({ type }) => type === 'function_call_output')
      .map(({ output }) => textOf(output)),
    tools: objectsIn(json.tools)
      .filter(({ type }) => type === 'function')
      .map(({ name, parameters }) => ({ name: String(name), parameters })),
    mayCall: json.tool_choice !== 'none',
    parallel: json.parallel_tool_calls !== false && !isObject(json.tool_choice),
    schema: format.type === 'json_object' ? true : format.schema,
    maxTokens: typeof json.max_output_tokens === 'number' ? json.max_output_tokens : null,
  }
}

/** The input as items: a string is one message of the user. */
function inputItems(input: unknown): Record<string, unknown>[] {
  if (typeof input !== 'string') return objectsIn(input)
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
}

function usageOf(json: Asked['json'], input: object[], written: Written, reasons: boolean) {
  const inputTokens = tokensOf(JSON.stringify([input, json.instructions ?? '', json.tools ?? []])).length
  const outputTokens = [written.text, written.refusal ?? '', ...written.calls.map((call) => call.arguments)]
    .map((text) => tokensOf(text).length)
    .reduce((sum, tokens) => sum + tokens, reasons ? 16 : 0)
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: inputTokens >> 1 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasons ? 16 : 0 },
    total_tokens: inputTokens + outputTokens,
  }
}
