// The upstream's error responses: those that a request deserves, and those that are requested by a model's name.
import { once } from 'node:events'
import type { Reply } from './reply.ts'
import type { Asked } from './request.ts'

/** A request that gets an error: https://platform.openai.com/docs/guides/error-codes. */
export class RequestFailure extends Error {
  readonly status: number
  readonly headers: Record<string, string>
  readonly #error: { type?: string; param?: string | null; code?: string | null }

  constructor(
    status: number,
    message: string,
    error: { type?: string; param?: string | null; code?: string | null } = {},
    headers: Record<string, string> = {},
  ) {
    super(message)
    this.status = status
    this.headers = headers
    this.#error = error
  }

  body() {
    const { type = 'invalid_request_error', param = null, code = null } = this.#error
    return { error: { message: this.message, type, param, code } }
  }
}

// What OpenAI advises its SDKs; without it each of these would be tried three times over seconds.
const SOON = { 'retry-after-ms': '1' }

const rateLimited = () =>
  new RequestFailure(
    429,
    'Rate limit reached for requests. Please try again in 20ms.',
    { type: 'requests', code: 'rate_limit_exceeded' },
    {
      ...SOON,
      'retry-after': '1',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '20ms',
    },
  )
const serverError = (headers: Record<string, string> = SOON) =>
  new RequestFailure(
    500,
    'The server had an error while processing your request. Sorry about that!',
    { type: 'server_error' },
    headers,
  )

/** By the model's name: how often in a row it fails before it succeeds, and how. */
const FAILING: Record<string, { times: number; failure: () => RequestFailure }> = {
  'rate-limited-twice': { times: 2, failure: rateLimited },
  'rate-limited-always': { times: Number.POSITIVE_INFINITY, failure: rateLimited },
  'out-of-quota': {
    times: Number.POSITIVE_INFINITY,
    failure: () =>
      new RequestFailure(
        429,
        'You exceeded your current quota, please check your plan and billing details.',
        { type: 'insufficient_quota', code: 'insufficient_quota' },
        { 'x-should-retry': 'false' },
      ),
  },
  'broken-once': { times: 1, failure: serverError },
  'broken-for-good': {
    times: Number.POSITIVE_INFINITY,
    failure: () => serverError({ 'x-should-retry': 'false' }),
  },
  'refused-once': {
    times: 1,
    failure: () =>
      new RequestFailure(
        400,
        'Try that again.',
        { code: 'try_again' },
        { ...SOON, 'x-should-retry': 'true' },
      ),
  },
  'missing-model': {
    times: Number.POSITIVE_INFINITY,
    failure: () =>
      new RequestFailure(404, 'The model `missing-model` does not exist or you do not have access to it.', {
        code: 'model_not_found',
      }),
  },
}

/** The model whose responses break off after their first event, as of an upstream that is restarted. */
export const BREAKING_OFF = 'breaking-off'

const FIRST_CHUNK =
  'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"You "},"finish_reason":null}]}\n\n'
/** The first event of a response; as a message of a WebSocket, its data. */
export const CREATED_EVENT =
  '{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","model":"m","output":[]}}'
const CREATED = `event: response.created\ndata: ${CREATED_EVENT}\n\n`

/**
 * Fails the calls whose model is a name above; `status-<n>` with that status; `silent` by never responding; `breaking-off` after its first event; `html` with a
 * page, as proxies do; every other model is left to its endpoint.
 */
export function createFailures() {
  const counts = new Map<string, number>()
  return {
    /** True where the request has been dealt with. Throws the failure that it is to get. */
    async failed({ json, path }: Asked, response: Reply): Promise<boolean> {
      const model = String(json.model)
      const status = Number(/^status-(\d+)$/.exec(model)?.[1])
      if (status > 0)
        throw new RequestFailure(
          status,
          `Failed with ${status}.`,
          { type: `type_${status}`, code: `code_${status}`, param: 'messages' },
          SOON,
        )
      if (model === 'unreachable') {
        await once(response.silence(), 'close')
        return true
      }
      if (model === 'html') {
        response.page(502, '<html><body>Bad gateway</body></html>', { 'x-should-retry': 'false' })
        return true
      }
      if (model === BREAKING_OFF) {
        const stream = response.start('text/event-stream; charset=utf-8')
        await new Promise((sent) => stream.write(path.includes('/responses') ? CREATED : FIRST_CHUNK, sent))
        stream.destroy()
        return true
      }
      const failing = FAILING[model]
      if (failing === undefined) return false
      const place = `${model} ${path}`
      const count = (counts.get(place) ?? 0) + 1
      counts.set(place, count)
      if (count <= failing.times) throw failing.failure()
      counts.delete(place)
      return false
    },
  }
}
