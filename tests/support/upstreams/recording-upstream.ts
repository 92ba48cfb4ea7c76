// An upstream that serves whatever OpenAI's SDK requests of it, and keeps each request to the byte. Calls of a model get the
// responses of the stand-in for OpenAI; everything else an object, a list, bytes or events, by what the client says it reads.
import type { ServerResponse } from 'node:http'
import { chatEndpoints } from '../openai-upstream/chat.ts'
import { embeddingEndpoints } from '../openai-upstream/embeddings.ts'
import { RequestFailure } from '../openai-upstream/failures.ts'
import type { Reply } from '../openai-upstream/reply.ts'
import { type Asked, type Endpoints, findEndpoint, readAsked } from '../openai-upstream/request.ts'
import { type Answered, CREATED, createReply } from '../openai-upstream/respond.ts'
import { responseEndpoints } from '../openai-upstream/responses.ts'
import { type Received, startUpstream } from './upstream.ts'

/** The id of every object that it has. */
export const OBJECT_ID = 'obj_1'

export type RecordingUpstream = {
  /** A base URL as LATCHKEY_UPSTREAM_URL takes it. */
  baseUrl: string
  /** Every request so far, in the order in which they came. */
  received: Received[]
  /** From now on each request is refused with an error of OpenAI's shape, or served again. */
  refuse(refuses: boolean): void
  close(): Promise<void>
}

/** Starts on a free port. Two of them that are sent the same requests respond the same. */
export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const models = modelCalls()
  let refusing = false
  let count = 0

  async function handle(request: Received, response: ServerResponse): Promise<void> {
    count += 1
    const succeeded: Answered = {
      id: `req_recording_${count}`,
      status: null,
      disconnected: false,
      failed: false,
      usage: null,
    }
    const reply = createReply(request, response, succeeded)
    const asked = readAsked(request)
    try {
      if (refusing)
        throw new RequestFailure(400, `Not ${asked.path} today.`, { param: 'all', code: 'not_today' })
      await (findEndpoint(models, asked) ?? anything)(asked, reply)
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error
      reply.json(error.body(), error.status, error.headers)
    }
  }

  const { baseUrl, received, close } = await startUpstream(handle)
  return {
    baseUrl,
    received,
    refuse(refuses) {
      refusing = refuses
    },
    close,
  }
}

/** The calls of a model by text, whose responses the SDK's helpers read. */
function modelCalls(): Endpoints {
  const all = { ...chatEndpoints(), ...embeddingEndpoints(), ...responseEndpoints() }
  const calls = ['POST /chat/completions', 'POST /completions', 'POST /embeddings', 'POST /responses']
  return Object.fromEntries(Object.entries(all).filter(([name]) => calls.includes(name)))
}

async function anything(asked: Asked, reply: Reply): Promise<void> {
  const { method, path, headers } = asked
  const { accept = '' } = headers
  if (await streams(asked))
    return reply.events(
      [
        { type: 'thing.delta', delta: 'Grüß' },
        { ...object(path), type: lastEvent(path) },
      ],
      true,
    )
  if (/^application\/(binary|octet-stream|sdp)$/.test(accept) || path.endsWith('/content'))
    return reply.bytes(
      'application/octet-stream',
      Uint8Array.from({ length: 70_000 }, (_, at) => at % 251),
    )
  // What the SDK says where it reads no body.
  if (accept === '*/*') return reply.bytes('text/plain', '')
  if (method === 'DELETE') return reply.json({ id: OBJECT_ID, object: 'thing.deleted', deleted: true })
  return reply.json(list(object(path)))
}

async function streams({ headers, query, json, form }: Asked): Promise<boolean> {
  if (json.stream === true || query.get('stream') === 'true') return true
  if (headers.accept === 'text/event-stream') return true
  return /^multipart\//.test(headers['content-type'] ?? '') && (await form()).get('stream') === 'true'
}

/** The name of an event after which a helper of the SDK reads no further. */
function lastEvent(path: string): string {
  return path.startsWith('/threads') ? 'thread.run.completed' : 'agent.session.failed'
}

/** An object that is a list as well, with itself for its only member: whichever of the two is read. */
function list(member: object): object {
  return { ...member, data: [member], first_id: OBJECT_ID, last_id: OBJECT_ID, has_more: false }
}

function object(path: string): object {
  return {
    id: OBJECT_ID,
    object: path.startsWith('/models') ? 'model' : 'thing',
    owned_by: 'system',
    thread_id: OBJECT_ID,
    created_at: CREATED,
    // What the SDK's helpers wait for: of a file, of a session that may be written to, of anything else.
    status: statusOf(path),
    name: 'Grüß dich 👋',
    nothing: null,
    empty: {},
    ratio: 1e21,
    tiny: 0.1,
  }
}

function statusOf(path: string): string {
  if (/^\/files\b/.test(path)) return 'processed'
  return /^\/agents\/sessions\b/.test(path) ? 'idle' : 'completed'
}
