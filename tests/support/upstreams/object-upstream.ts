// An upstream that keeps objects, as OpenAI does: what one credential has made is not there for another.
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { json, type Received, startUpstream, type TestUpstream } from './upstream.ts'

export type ObjectUpstream = TestUpstream & {
  /** The ids of the objects that were made with this credential and not deleted since, the newest last. */
  idsOf(credential: string): string[]
  /** Makes an object without the gateway. */
  make(credential: string, collection: string): string
  /** Adds to what an object says. */
  change(credential: string, id: string, members: object): void
}

/** Where objects are made and listed, below `/v1`. */
export const COLLECTIONS = [
  'files',
  'uploads',
  'batches',
  'responses',
  'conversations',
  'vector_stores',
  'fine_tuning/jobs',
  'containers',
  'evals',
  'assistants',
  'threads',
  'chat/completions',
  'videos',
  'skills',
  'chatkit/threads',
  'audio/voices',
] as const

type Kept = { id: string; object: string; [member: string]: unknown }

// An id of ours wherever it stands in a request.
const ID = /\bo-[0-9a-f]{8}-[0-9a-f-]{27}\b/g

/** Starts one. A request that names an object which its credential has not made is refused as OpenAI refuses it. */
export async function startObjectUpstream(): Promise<ObjectUpstream> {
  const objects = new Map<string, Map<string, Kept>>()

  function objectsOf(credential: string): Map<string, Kept> {
    const found = objects.get(credential) ?? new Map<string, Kept>()
    objects.set(credential, found)
    return found
  }

  function make(credential: string, collection: string): Kept {
    const made = { id: `o-${randomUUID()}`, object: collection }
    objectsOf(credential).set(made.id, made)
    return made
  }

  const upstream = await startUpstream((request, response) => {
    const credential = String(request.headers.authorization ?? '').replace('Bearer ', '')
    const kept = objectsOf(credential)
    const [path = '', query = ''] = request.path.replace('/v1/', '').split('?')
    const missing = [...new Set(`${path} ${request.body.toString('utf8')}`.match(ID))].find(
      (id) => !kept.has(id),
    )
    if (missing !== undefined) return refuse(response, path, missing)
    const collection = COLLECTIONS.find((name) => path === name || path.startsWith(`${name}/`))
    if (collection === undefined) return json(response, 404, { error: { message: 'no such path' } })
    const [id, ...below] = path.slice(collection.length + 1).split('/')
    if (id === undefined || id === '') {
      if (request.method === 'GET')
        return list(response, [...kept.values()], collection, new URLSearchParams(query))
      return respond(response, request, make(credential, collection))
    }
    const object = kept.get(id)
    if (object === undefined) return refuse(response, path, id)
    if (request.method !== 'DELETE' || below.length > 0) return json(response, 200, object)
    kept.delete(id)
    return json(response, 200, { id, object: collection, deleted: true })
  })
  return {
    ...upstream,
    idsOf: (credential) => [...objectsOf(credential).keys()],
    make: (credential, collection) => make(credential, collection).id,
    change: (credential, id, members) => void Object.assign(objectsOf(credential).get(id) ?? {}, members),
  }
}

function refuse(response: ServerResponse, path: string, id: string): void {
  const inBody = !path.includes(id)
  const message = inBody ? `Previous response with id '${id}' not found.` : `No such object: ${id}`
  const code = inBody ? 'previous_response_not_found' : null
  json(response, inBody ? 400 : 404, { error: { message, type: 'invalid_request_error', param: null, code } })
}

/** The newest first, as OpenAI lists them. */
function list(response: ServerResponse, kept: Kept[], collection: string, query: URLSearchParams): void {
  const all = kept.filter(({ object }) => object === collection).reverse()
  const from = query.has('after') ? all.findIndex(({ id }) => id === query.get('after')) + 1 : 0
  const data = all.slice(from, from + Number(query.get('limit') ?? 20))
  json(response, 200, {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + data.length < all.length,
  })
}

function respond(response: ServerResponse, { json: body }: Received, made: Kept): void {
  const { stream, store } = (body ?? {}) as { stream?: boolean; store?: boolean }
  if (made.object === 'chat/completions') {
    const message = { role: 'assistant', content: 'hello' }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    return json(response, 200, { ...made, object: 'chat.completion', choices, ...(store ? { store } : {}) })
  }
  if (made.object !== 'responses') return json(response, 200, made)
  const full = {
    ...made,
    object: 'response',
    status: 'completed',
    output: [
      {
        id: `rs-${made.id.slice(2)}`,
        type: 'reasoning',
        summary: [],
        encrypted_content: `sealed ${made.id}`,
      },
      { id: `msg-${made.id.slice(2)}`, type: 'message', role: 'assistant', content: [] },
    ],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  }
  if (stream !== true) return json(response, 200, full)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const events = [
    { type: 'response.created', response: { ...full, status: 'in_progress', output: [] } },
    { type: 'response.output_text.delta', delta: 'hello' },
    { type: 'response.completed', response: full },
  ]
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  response.end()
}
