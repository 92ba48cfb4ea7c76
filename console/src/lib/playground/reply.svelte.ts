// What one model responds to one prompt: as it arrives, and what the request log says of it afterwards.
import { NotFoundError, type RequestLog, UserInputError } from '@latchkey/sdk'
import { errorText } from '#lib/error-text.ts'
import { callErrorText } from '#lib/errors/call-error-text.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'
import { sessionEnded } from '#lib/session.svelte.ts'
import { type CallFailure, type Media, makeCall } from './playground-call.ts'
import type { PlaygroundRequest } from './playground-request.ts'
import type { PlaygroundSecrets } from './playground-secrets.ts'

export type ReplyFailure = { text: string; code: string; message: string }

// A log is written when its call has ended, and can be read some hundred milliseconds later; a server under load needs longer.
const logWaitsMs = [150, 300, 600, 1_000, 2_000, 4_000, 8_000]
// What arrives of a response may be long; what a page can show without stalling is less.
export const textChars = 500_000

export class Reply {
  readonly keyId: string
  readonly model: string
  readonly request: PlaygroundRequest
  status = $state<'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'>('waiting')
  text = $state('')
  /** More has arrived than `text` holds. */
  isShortened = $state(false)
  reasoning = $state('')
  media = $state.raw<readonly Media[]>([])
  failure = $state.raw<ReplyFailure | null>(null)
  requestId = $state<string | null>(null)
  /** Milliseconds from the request on, as this browser measures them; null: nothing has arrived. */
  firstMs = $state<number | null>(null)
  totalMs = $state<number | null>(null)
  log = $state.raw<RequestLog | null>(null)
  /** WAITING: it is not written yet. MISSING: it did not come. */
  logState = $state<'none' | 'waiting' | 'found' | 'missing'>('none')
  readonly running = $derived(this.status === 'waiting' || this.status === 'streaming')
  readonly #stopping = new AbortController()
  readonly #leaving = new AbortController()
  #startedAt = 0

  constructor(keyId: string, model: string, request: PlaygroundRequest) {
    this.keyId = keyId
    this.model = model
    this.request = request
  }

  /** Runs the call to its end. Never rejects. `readsLogs`: whether whoever is signed in may read request logs. */
  async run(secrets: PlaygroundSecrets, readsLogs: boolean): Promise<void> {
    try {
      const failure = await this.#call(secrets)
      this.#end(failure === null ? 'done' : 'failed')
      if (failure !== null) this.failure = failureText(failure)
    } catch (error) {
      if (this.#stopping.signal.aborted) this.#end('stopped')
      else {
        this.#end('failed')
        // The dialog over the page says that the session has ended.
        const text = sessionEnded(error) ? m.playground_no_session() : secretErrorText(error)
        this.failure = { text, code: '', message: '' }
      }
    }
    if (readsLogs && this.requestId !== null) await this.#findLog(this.requestId)
  }

  /** Ends the call; what has arrived stays. */
  stop(): void {
    this.#stopping.abort()
  }

  /** The page is left: nothing of it is needed any more. */
  discard(): void {
    this.#stopping.abort()
    this.#leaving.abort()
    for (const { kind, url, local } of this.media) if (kind === 'audio' && local) URL.revokeObjectURL(url)
  }

  async #call(secrets: PlaygroundSecrets): Promise<CallFailure | null> {
    const { signal } = this.#stopping
    const { secret, isNew } = await secrets.of(this.keyId, signal)
    const failure = await this.#attempt(secret)
    // A server that was restarted has forgotten the secret, and a rotation may have ended it: one new secret is tried.
    if (failure?.status !== 401 || failure.fromUpstream || isNew) return failure
    secrets.forget(this.keyId)
    return this.#attempt((await secrets.of(this.keyId, signal)).secret)
  }

  #attempt(secret: string): Promise<CallFailure | null> {
    this.#startedAt = performance.now()
    return makeCall(secret, this.request, this.#stopping.signal, {
      onHead: (requestId) => {
        this.requestId = requestId
      },
      onText: (text) => {
        this.#noteFirst()
        if (this.text.length + text.length > textChars) this.isShortened = true
        this.text = (this.text + text).slice(0, textChars)
      },
      onReasoning: (text) => {
        this.#noteFirst()
        this.reasoning = (this.reasoning + text).slice(0, textChars)
      },
      onMedia: (media) => {
        this.#noteFirst()
        this.media = [...this.media, media]
      },
    })
  }

  #noteFirst(): void {
    this.firstMs ??= performance.now() - this.#startedAt
    this.status = 'streaming'
  }

  #end(status: 'done' | 'stopped' | 'failed'): void {
    if (this.#startedAt > 0) this.totalMs = performance.now() - this.#startedAt
    this.status = status
  }

  async #findLog(requestId: string): Promise<void> {
    this.logState = 'waiting'
    const { signal } = this.#leaving
    for (const waitMs of logWaitsMs) {
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      if (signal.aborted) return
      try {
        this.log = await latchkey.logs.get(requestId, { signal })
        this.logState = 'found'
        return
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof NotFoundError)) break
      }
    }
    this.logState = 'missing'
  }
}

function failureText({ status, code, fromUpstream, message }: CallFailure): ReplyFailure {
  return {
    text: status === null ? m.playground_no_response() : callErrorText(code, fromUpstream),
    code,
    message,
  }
}

/** Of what is thrown where a secret is made: the server writes in English why a key is none to call as. */
function secretErrorText(error: unknown): string {
  return error instanceof UserInputError ? m.playground_key_refused() : errorText(error)
}
