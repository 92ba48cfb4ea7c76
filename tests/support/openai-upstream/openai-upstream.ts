// An OpenAI of our own: a real server that serves each endpoint in OpenAI's forms, with equal responses to equal calls.
// Forms: https://platform.openai.com/docs/api-reference and the types of the official SDK.
import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type Received, startUpstream } from '../upstreams/upstream.ts'
import { chatEndpoints } from './chat.ts'
import { embeddingEndpoints } from './embeddings.ts'
import { createFailures, RequestFailure } from './failures.ts'
import { audioEndpoints } from './media/audio.ts'
import { imageEndpoints } from './media/images.ts'
import { modelEndpoints } from './models.ts'
import { moderationEndpoints } from './moderations.ts'
import { batchEndpoints } from './objects/batches.ts'
import { createFileStore, fileEndpoints } from './objects/files.ts'
import { uploadEndpoints } from './objects/uploads.ts'
import { vectorStoreEndpoints } from './objects/vector-stores.ts'
import { type Asked, findEndpoint, isObject, readAsked } from './request.ts'
import { type Answered, createReply } from './respond.ts'
import { eventsOf } from './response-events.ts'
import { respondTo, responseEndpoints, type Stored } from './responses.ts'
import { responsesSocket } from './responses-socket.ts'

/** What it takes as its API key. */
export const OPENAI_UPSTREAM_KEY = 'sk-conformance-upstream'

/** A request and its response. */
export type OpenAiExchange = { request: Received; succeeded: Answered }

export type OpenAiUpstream = {
  /** A base URL as LATCHKEY_UPSTREAM_URL takes it. */
  baseUrl: string
  /** Every request so far, in the order in which they came. */
  exchanges: OpenAiExchange[]
  /** Resolves when the next request has come. */
  arrival(): Promise<unknown>
  close(): Promise<void>
}

/**
 * Starts one, with files, batches and stored responses of its own: ids are counted from 1 in each, so that two that are
 * asked the same respond with the same. The names of models that fail on purpose are in failures.ts. Without `webSockets` a
 * handshake is a GET like any other.
 */
export async function startOpenAiUpstream({ webSockets = true } = {}): Promise<OpenAiUpstream> {
  const exchanges: OpenAiExchange[] = []
  const arrivals = new EventEmitter()
  const files = createFileStore()
  const failures = createFailures()
  const responses = new Map<string, Stored>()
  const endpoints = {
    ...audioEndpoints(),
    ...batchEndpoints(files),
    ...chatEndpoints(),
    ...embeddingEndpoints(),
    ...fileEndpoints(files),
    ...imageEndpoints(),
    ...modelEndpoints(),
    ...moderationEndpoints(),
    ...responseEndpoints(responses),
    ...uploadEndpoints(files),
    ...vectorStoreEndpoints(files),
  }

  function begin(request: Received): Answered {
    const succeeded: Answered = {
      id: `req_upstream_${exchanges.length + 1}`,
      status: null,
      disconnected: false,
      failed: false,
      usage: null,
    }
    exchanges.push({ request, succeeded })
    arrivals.emit('arrival')
    return succeeded
  }

  async function handle(request: Received, response: ServerResponse): Promise<void> {
    const succeeded = begin(request)
    const reply = createReply(request, response, succeeded)
    try {
      if (request.headers.authorization !== `Bearer ${OPENAI_UPSTREAM_KEY}`)
        throw new RequestFailure(401, 'Incorrect API key provided.', { code: 'invalid_api_key' })
      const asked: Asked = readAsked(request)
      const endpoint = findEndpoint(endpoints, asked)
      if (endpoint === null) throw new RequestFailure(404, `Invalid URL (${asked.method} /v1${asked.path})`)
      if (await failures.failed(asked, reply)) return
      await endpoint(asked, reply)
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error
      reply.json(error.body(), error.status, error.headers)
    }
  }

  const upgrade = responsesSocket(OPENAI_UPSTREAM_KEY, (request) => {
    const succeeded = begin(request)
    succeeded.status = 101
    const response = respondTo(isObject(request.json) ? request.json : {}, responses, true)
    if (isObject(response.usage)) succeeded.usage = response.usage
    return eventsOf(response)
  })
  const { baseUrl, close } = await startUpstream(handle, webSockets ? upgrade : null)
  return { baseUrl, exchanges, arrival: () => once(arrivals, 'arrival'), close }
}
