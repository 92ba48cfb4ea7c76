// Chat completions and the older completions: https://platform.openai.com/docs/api-reference/chat.
import { once } from 'node:events'
import { RequestFailure } from './failures.ts'
import type { Reply } from './reply.ts'
import { type Asked, type Endpoints, isObject, objectsIn, textOf } from './request.ts'
import { CREATED, EVENT_STREAM } from './respond.ts'
import { type Conversation, digest, tokensOf, type Written, write } from './writing.ts'

/** A stream of the model `stalling` stops after its first words, one of `failing-late` goes on with an error. */
export function chatEndpoints(): Endpoints {
  const stored = new Map<string, object>()
  return {
    'POST /chat/completions': (asked, reply) => chat(asked, reply, stored),
    'GET /chat/completions': (_asked, reply) =>
      reply.json({ object: 'list', data: [...stored.values()], has_more: false }),
    'GET /chat/completions/{id}': ({ ids: [id = ''] }, reply) => {
      const completion = stored.get(id)
      if (completion === undefined)
        throw new RequestFailure(404, `Completion '${id}' not found.`, { param: 'id' })
      reply.json(completion)
    },
    'POST /completions': (asked, reply) => complete(asked, reply),
  }
}

async function chat({ json }: Asked, reply: Reply, stored: Map<string, object>): Promise<void> {
  check(json)
  const written = Array.from({ length: choicesIn(json) }, () => write(conversationIn(json)))
  const usage = usageOf(json, written)
  const head = {
    // What a gateway may have added to the request must not show in an id.
    id: `chatcmpl-${digest({ ...json, stream_options: null }).slice(0, 29)}`,
    created: CREATED,
    model: `${json.model}-2026-01-01`,
    service_tier: 'default',
    system_fingerprint: 'fp_conformance',
  }
  const logprobs = json.logprobs === true
  if (json.stream !== true) {
    const choices = written.map((one, index) => ({
      index,
      message: {
        role: 'assistant',
        content: one.refusal === null && one.calls.length === 0 ? one.text : null,
        refusal: one.refusal,
        annotations: [],
        ...(one.calls.length > 0 ? { tool_calls: one.calls.map(toolCall) } : {}),
      },
      logprobs: logprobs ? { content: tokensOf(one.text).map(logprob), refusal: null } : null,
      finish_reason: finishReason(one),
    }))
    const completion = { object: 'chat.completion', ...head, choices, usage }
    if (json.store === true) stored.set(head.id, { ...completion, metadata: json.metadata ?? {} })
    return reply.json(completion)
  }
  const asksUsage = isObject(json.stream_options) && json.stream_options.include_usage === true
  const chunks = written.flatMap((one, index) =>
    deltasOf(one).map(({ delta, finish_reason = null }) => ({
      ...head,
      object: 'chat.completion.chunk',
      choices: [
        {
          index,
          delta,
          logprobs:
            logprobs && typeof delta.content === 'string' && delta.content !== ''
              ? { content: [logprob(delta.content)], refusal: null }
              : null,
          finish_reason,
        },
      ],
      ...(asksUsage ? { usage: null } : {}),
    })),
  )
  if (json.model === 'stalling') {
    const response = reply.start(EVENT_STREAM)
    for (const chunk of chunks.slice(0, 3)) response.write(`data: ${JSON.stringify(chunk)}\n\n`)
    return void (await once(response, 'close'))
  }
  if (json.model === 'failing-late') {
    const failure = new RequestFailure(500, 'The server had an error while processing your request.', {
      type: 'server_error',
    })
    return reply.events([...chunks.slice(0, 3), failure.body()])
  }
  const last = asksUsage ? [{ ...head, object: 'chat.completion.chunk', choices: [], usage }] : []
  await reply.events([...chunks, ...last, '[DONE]'])
}

async function complete({ json }: Asked, reply: Reply): Promise<void> {
  const { text } = write({ ...conversationIn({}), lastText: String(json.prompt) })
  const usage = {
    prompt_tokens: tokensOf(String(json.prompt)).length,
    completion_tokens: tokensOf(text).length,
    total_tokens: tokensOf(String(json.prompt)).length + tokensOf(text).length,
  }
  const head = {
    id: `cmpl-${digest({ ...json, stream_options: null }).slice(0, 29)}`,
    object: 'text_completion',
    created: CREATED,
    model: json.model,
  }
  const choice = (part: string, finish_reason: string | null) => ({
    text: part,
    index: 0,
    logprobs: null,
    finish_reason,
  })
  if (json.stream !== true) return reply.json({ ...head, choices: [choice(text, 'stop')], usage })
  const asksUsage = isObject(json.stream_options) && json.stream_options.include_usage === true
  const chunks = [...tokensOf(text).map((part) => choice(part, null)), choice('', 'stop')].map((one) => ({
    ...head,
    choices: [one],
    ...(asksUsage ? { usage: null } : {}),
  }))
  await reply.events([...chunks, ...(asksUsage ? [{ ...head, choices: [], usage }] : []), '[DONE]'])
}

function check(json: Record<string, unknown>): void {
  if (objectsIn(json.messages).length === 0)
    throw new RequestFailure(
      400,
      "Invalid 'messages': empty array. Expected an array with minimum length 1.",
      {
        param: 'messages',
        code: 'empty_array',
      },
    )
  if (Number(json.temperature ?? 1) > 2)
    throw new RequestFailure(
      400,
      "Invalid 'temperature': decimal above maximum value. Expected a value <= 2.",
      {
        param: 'temperature',
        code: 'decimal_above_max_value',
      },
    )
}

function choicesIn(json: Record<string, unknown>): number {
  return typeof json.n === 'number' ? json.n : 1
}

function conversationIn(json: Record<string, unknown>): Conversation {
  const messages = objectsIn(json.messages)
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  const format = isObject(json.response_format) ? json.response_format : {}
  const wanted = isObject(format.json_schema) ? format.json_schema.schema : undefined
  const maxTokens = json.max_completion_tokens ?? json.max_tokens
  return {
    lastText: textOf(messages[lastUser]?.content),
    toolOutputs: messages
      .slice(lastUser + 1)
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => textOf(content)),
    tools: objectsIn(json.tools)
      .map(({ function: named }) => named)
      .filter(isObject)
      .map(({ name, parameters }) => ({ name: String(name), parameters })),
    mayCall: json.tool_choice !== 'none',
    parallel: json.parallel_tool_calls !== false && !isObject(json.tool_choice),
    schema: format.type === 'json_object' ? true : wanted,
    maxTokens: typeof maxTokens === 'number' ? maxTokens : null,
  }
}

function usageOf(json: Record<string, unknown>, written: Written[]) {
  const prompt = tokensOf(JSON.stringify([json.messages, json.tools ?? null])).length
  const completion = written
    .flatMap(({ text, refusal, calls }) => [text, refusal ?? '', ...calls.map((call) => call.arguments)])
    .reduce((sum, text) => sum + tokensOf(text).length, 5)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: prompt >> 1, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 5,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

type Delta = { delta: Record<string, unknown>; finish_reason?: string }

function deltasOf(written: Written): Delta[] {
  const first = { role: 'assistant', content: written.calls.length > 0 ? null : '', refusal: null }
  const calls = written.calls.flatMap((call, index) => [
    { delta: { tool_calls: [{ index, ...toolCall({ ...call, arguments: '' }) }] } },
    ...tokensOf(call.arguments).map((part) => ({
      delta: { tool_calls: [{ index, function: { arguments: part } }] },
    })),
  ])
  return [
    { delta: first },
    ...tokensOf(written.refusal ?? '').map((refusal) => ({ delta: { refusal } })),
    ...calls,
    ...tokensOf(written.text).map((content) => ({ delta: { content } })),
    { delta: {}, finish_reason: finishReason(written) },
  ]
}

function toolCall({ id, name, arguments: text }: Written['calls'][number]) {
  return { id, type: 'function', function: { name, arguments: text } }
}

function finishReason({ calls, abort }: Written): string {
  if (calls.length > 0) return 'tool_calls'
  return abort ? 'length' : 'stop'
}

function logprob(token: string) {
  return { token, logprob: -0.25, bytes: [...Buffer.from(token)], top_logprobs: [] }
}
