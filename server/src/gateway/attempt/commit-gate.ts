// The one judgement of an attempt: its answer is the caller's, or it has failed while nothing had gone out.
import type { IncomingHttpHeaders } from 'node:http'
import type { CallErrorCode } from '../../domain/errors.ts'
import {
  classifyResponse,
  classifyStreamError,
  type FailureClass,
} from '../../domain/upstreams/failure-class.ts'
import type { UpstreamError } from '../metering/parse-upstream-error.ts'

export type FailedAttempt = {
  failure: FailureClass
  /** The upstream's own code, or ours for what happened. */
  code: string
  /** Null where no head came. */
  httpStatus: number | null
  headers: IncomingHttpHeaders | null
  /** False where the gateway has broken off what might have been answered. */
  isItsFault: boolean
}

/** What an attempt asks of whoever knows the other ways. */
export type AttemptListener = {
  /** True while another way may be gone, so that an answer should be looked at before it goes out. */
  mayGoElsewhere(): boolean
  /** At most once: the answer is the caller's from here on. */
  onCommitted(): void
  /** At most once, instead. True: the attempt has nothing more to do; false: it answers the call with its failure. */
  onFailed(failed: FailedAttempt): boolean
}

// An error answer that may be taken over is waited for so long, to learn what it says.
const ERROR_BODY_MS = 2_000

export class CommitGate {
  readonly #owner: AttemptListener
  readonly #attempt: { supersede(): void }
  #status: number | null = null
  #headers: IncomingHttpHeaders | null = null
  #patience: NodeJS.Timeout | null = null
  #isCommitted = false
  #isSuperseded = false
  /** The gateway itself has broken the attempt off. */
  brokenOff = false
  /** False where no byte of the request was sent. */
  wasSent = true

  /** `attempt.letGo` ends what is left of an attempt that is taken over. */
  constructor(owner: AttemptListener, attempt: { supersede(): void }) {
    this.#owner = owner
    this.#attempt = attempt
  }

  get isCommitted(): boolean {
    return this.#isCommitted
  }

  get isSuperseded(): boolean {
    return this.#isSuperseded
  }

  /** A head has come. Of an error's body not even a byte may; of a stream, an event is waited for as long as the stream lives. */
  onHead(status: number, headers: IncomingHttpHeaders, isEventStream: boolean): void {
    this.#status = status
    this.#headers = headers
    const mayGoElsewhere = this.#owner.mayGoElsewhere()
    if (status >= 400) {
      if (mayGoElsewhere) this.#patience = setTimeout(() => this.judgeResponse(null), ERROR_BODY_MS)
    } else if (!isEventStream || !mayGoElsewhere) {
      this.#pass()
    }
  }

  /** By what is there of the answer, and what it told. True: the call has gone another way. */
  judgeResponse(upstreamError: UpstreamError | null): boolean {
    if (this.#isCommitted || this.#status === null) return this.#isSuperseded
    if (this.#status >= 400) {
      return this.#fail(
        classifyResponse(this.#status, upstreamError),
        upstreamError?.code ?? `upstream_${this.#status}`,
      )
    }
    if (upstreamError !== null) return this.#fail(classifyStreamError(upstreamError), upstreamError.code)
    this.#pass()
    return false
  }

  /** By a failure that came in place of an answer, or in the middle of one. */
  judgeFailure(code: CallErrorCode): boolean {
    if (this.#status !== null)
      return this.#fail(this.#status >= 400 ? classifyResponse(this.#status, null) : 'INTERRUPTED', code)
    if (!this.wasSent) return this.#fail('CONNECT', code)
    return this.#fail(code === 'upstream_timeout' ? 'TIMEOUT' : 'RESET', code)
  }

  /** By a head that cannot be the caller's. */
  judgeHead(code: CallErrorCode, status: number, headers: IncomingHttpHeaders): boolean {
    this.#status = status
    this.#headers = headers
    return this.#fail(code === 'upstream_refused_credential' ? 'CREDENTIAL_REFUSED' : 'INVALID_ANSWER', code)
  }

  /** Nobody waits for it any more. */
  forget(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
  }

  #fail(failure: FailureClass, code: string): boolean {
    if (this.#isCommitted) return this.#isSuperseded
    this.#isCommitted = true
    this.forget()
    this.#isSuperseded = this.#owner.onFailed({
      failure,
      code,
      httpStatus: this.#status,
      headers: this.#headers,
      isItsFault: !this.brokenOff,
    })
    if (this.#isSuperseded) this.#attempt.supersede()
    return this.#isSuperseded
  }

  #pass(): void {
    this.#isCommitted = true
    this.#owner.onCommitted()
  }
}
