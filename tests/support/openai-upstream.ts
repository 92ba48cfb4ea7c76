// A small OpenAI: the endpoints that applications use most, answered in OpenAI's forms and always the same way.
// Forms: https://platform.openai.com/docs/api-reference.
import type { ServerResponse } from 'node:http'
import { COMPLETION, chatStream, startEvents, USAGE } from './chat-answers.ts'
import { json, type Received, startUpstream, type TestUpstream } from './upstream.ts'

/** What it takes as its API key. */
export const OPENAI_UPSTREAM_KEY = 'sk-conformance-upstream'

const CREATED = 1_763_800_000
const MODEL = { id: 'm1', object: 'model', created: CREATED, owned_by: 'conformance' }
const BATCH = {
  id: 'batch_1',
  object: 'batch',
  endpoint: '/v1/chat/completions',
  input_file_id: 'file-1',
  completion_window: '24h',
  status: 'validating',
  created_at: CREATED,
}

/** Starts it. A chat model `status-<n>` is answered with that error; any other with the same completion. */
export function startOpenAiUpstream(): Promise<TestUpstream> {
  const files = new Map<string, Buffer>()
  return startUpstream((request, response) => {
    response.setHeader('x-request-id', 'req_conformance')
    if (request.headers.authorization !== `Bearer ${OPENAI_UPSTREAM_KEY}`)
      return fail(response, 401, { type: 'invalid_request_error', code: 'invalid_api_key' })
    const [path = ''] = request.path.slice('/v1'.length).split('?', 1)
    const body = (request.json ?? {}) as Record<string, unknown>
    switch (`${request.method} ${path.replace(/file-[0-9]+/, '{file}').replace(/batch_[0-9]+/, '{batch}')}`) {
      case 'GET /models':
        return json(response, 200, { object: 'list', data: [MODEL] })
      case 'POST /chat/completions':
        return chat(response, body)
      case 'POST /completions':
        return json(response, 200, {
          id: 'cmpl-1',
          object: 'text_completion',
          created: CREATED,
          model: 'm1',
          choices: [{ index: 0, text: 'Hi', logprobs: null, finish_reason: 'stop' }],
          usage: USAGE,
        })
      case 'POST /embeddings':
        return embeddings(response, body)
      case 'POST /responses':
        return respond(response, body)
      case 'POST /moderations':
        return json(response, 200, { id: 'modr-1', model: 'omni', results: [{ flagged: false }] })
      case 'POST /images/generations':
      case 'POST /images/edits':
        return json(response, 200, {
          created: CREATED,
          data: [{ b64_json: fieldsOf(request).join() || 'aW1hZ2U=' }],
          usage: { input_tokens: 5, output_tokens: 6, total_tokens: 11 },
        })
      case 'POST /audio/speech':
        response.writeHead(200, { 'content-type': 'audio/mpeg' })
        return void response.end(Buffer.from([0xff, 0xfb, 0x00, 0x0a, 0x0d, 0x80]))
      case 'POST /audio/transcriptions':
        return json(response, 200, {
          text: fieldsOf(request).join(),
          usage: { type: 'tokens', input_tokens: 14, output_tokens: 45, total_tokens: 59 },
        })
      case 'POST /files': {
        const id = `file-${files.size + 1}`
        files.set(id, fileIn(request))
        return json(response, 200, fileObject(id, files.get(id)))
      }
      case 'GET /files':
        return json(response, 200, {
          object: 'list',
          data: [...files].map(([id, bytes]) => fileObject(id, bytes)),
          has_more: false,
        })
      case 'GET /files/{file}':
        return json(response, 200, fileObject(idIn(path), files.get(idIn(path))))
      case 'GET /files/{file}/content':
        response.writeHead(200, { 'content-type': 'application/octet-stream' })
        return void response.end(files.get(idIn(path)))
      case 'DELETE /files/{file}':
        return json(response, 200, { id: idIn(path), object: 'file', deleted: files.delete(idIn(path)) })
      case 'POST /batches':
      case 'GET /batches/{batch}':
        return json(response, 200, BATCH)
      case 'GET /batches':
        return json(response, 200, { object: 'list', data: [BATCH], has_more: false })
      default:
        return fail(response, 404, { type: 'invalid_request_error', code: 'unknown_url' })
    }
  })
}

function chat(response: ServerResponse, body: Record<string, unknown>): void {
  const status = /^status-(\d+)$/.exec(String(body.model))?.[1]
  if (status !== undefined)
    return fail(response, Number(status), {
      type: `type_${status}`,
      code: `code_${status}`,
      param: 'messages',
    })
  if (body.stream !== true) return json(response, 200, COMPLETION)
  const options = body.stream_options as { include_usage?: boolean } | undefined
  startEvents(response)
  response.end(chatStream(options?.include_usage === true))
}

function embeddings(response: ServerResponse, body: Record<string, unknown>): void {
  const values = new Float32Array([0.25, -0.5, 1])
  const embedding =
    body.encoding_format === 'base64' ? Buffer.from(values.buffer).toString('base64') : [...values]
  json(response, 200, {
    object: 'list',
    model: 'm1',
    data: [{ object: 'embedding', index: 0, embedding }],
    usage: { prompt_tokens: 8, total_tokens: 8 },
  })
}

function respond(response: ServerResponse, body: Record<string, unknown>): void {
  const answer = {
    id: 'resp_1',
    object: 'response',
    created_at: CREATED,
    status: 'completed',
    model: 'm1',
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 4,
    },
  }
  if (body.stream !== true) return json(response, 200, answer)
  startEvents(response)
  const events = [
    { type: 'response.created', response: { ...answer, status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'Hi' },
    { type: 'response.completed', response: answer },
  ]
  for (const [index, event] of events.entries())
    response.write(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`)
  response.end()
}

function fail(
  response: ServerResponse,
  status: number,
  error: { type: string; code: string; param?: string },
): void {
  // What OpenAI advises its SDKs; without it each of these would be tried three times over seconds.
  json(
    response,
    status,
    { error: { message: `Failed with ${status}.`, param: null, ...error } },
    { 'retry-after-ms': '1' },
  )
}

function fileObject(id: string, bytes: Buffer | undefined) {
  return {
    id,
    object: 'file',
    bytes: bytes?.length ?? 0,
    created_at: CREATED,
    filename: 'a.jsonl',
    purpose: 'batch',
    status: 'processed',
  }
}

/** The bytes of the field `file` of a form. */
function fileIn({ body }: Received): Buffer {
  const start = body.indexOf('\r\n\r\n', body.indexOf('name="file"')) + 4
  return body.subarray(start, body.indexOf('\r\n--', start))
}

/** The names of a form's fields, in their order. */
function fieldsOf({ body }: Received): string[] {
  return [...body.toString('latin1').matchAll(/form-data; name="([^"]+)"/g)].map(([, name]) => name ?? '')
}

function idIn(path: string): string {
  return path.split('/')[2] ?? ''
}
