// The one judgement of an attempt: its answer is the caller's, or it has failed while nothing had gone out.
import type { IncomingHttpHeaders } from 'node:http'
import type { CallErrorCode } from '../../domain/errors.ts'
import { classOfAnswer, classOfStreamError, type FailureClass } from '../../domain/upstreams/failure-class.ts'
import type { ToldError } from '../metering/parse-upstream-error.ts'

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
export type AttemptOwner = {
  /** True while another way may be gone, so that an answer should be looked at before it goes out. */
  mayGoElsewhere(): boolean
  /** At most once: the answer is the caller's from here on. */
  onAnswering(): void
  /** At most once, instead. True: the attempt has nothing more to do; false: it answers the call with its failure. */
  onFailed(failed: FailedAttempt): boolean
}

// An error answer that may be taken over is waited for so long, to learn what it says.
const ERROR_BODY_MS = 2_000

export class AttemptVerdict {
  readonly #owner: AttemptOwner
  readonly #attempt: { letGo(): void }
  #status: number | null = null
  #headers: IncomingHttpHeaders | null = null
  #patience: NodeJS.Timeout | null = null
  #isGiven = false
  #isTakenOver = false
  /** The gateway itself has broken the attempt off. */
  brokenOff = false
  /** False where no byte of the request was sent. */
  wasSent = true

  /** `attempt.letGo` ends what is left of an attempt that is taken over. */
  constructor(owner: AttemptOwner, attempt: { letGo(): void }) {
    this.#owner = owner
    this.#attempt = attempt
  }

  get isGiven(): boolean {
    return this.#isGiven
  }

  get isTakenOver(): boolean {
    return this.#isTakenOver
  }

  /** A head has come. Of an error's body not even a byte may; of a stream, an event is waited for as long as the stream lives. */
  onHead(status: number, headers: IncomingHttpHeaders, isEventStream: boolean): void {
    this.#status = status
    this.#headers = headers
    const mayGoElsewhere = this.#owner.mayGoElsewhere()
    if (status >= 400) {
      if (mayGoElsewhere) this.#patience = setTimeout(() => this.byAnswer(null), ERROR_BODY_MS)
    } else if (!isEventStream || !mayGoElsewhere) {
      this.#pass()
    }
  }

  /** By what is there of the answer, and what it told. True: the call has gone another way. */
  byAnswer(told: ToldError | null): boolean {
    if (this.#isGiven || this.#status === null) return this.#isTakenOver
    if (this.#status >= 400) {
      return this.#fail(classOfAnswer(this.#status, told), told?.code ?? `upstream_${this.#status}`)
    }
    if (told !== null) return this.#fail(classOfStreamError(told), told.code)
    this.#pass()
    return false
  }

  /** By a failure that came in place of an answer, or in the middle of one. */
  byFailure(code: CallErrorCode): boolean {
    if (this.#status !== null)
      return this.#fail(this.#status >= 400 ? classOfAnswer(this.#status, null) : 'INTERRUPTED', code)
    if (!this.wasSent) return this.#fail('CONNECT', code)
    return this.#fail(code === 'upstream_timeout' ? 'TIMEOUT' : 'RESET', code)
  }

  /** By a head that cannot be the caller's. */
  byHead(code: CallErrorCode, status: number, headers: IncomingHttpHeaders): boolean {
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
    if (this.#isGiven) return this.#isTakenOver
    this.#isGiven = true
    this.forget()
    this.#isTakenOver = this.#owner.onFailed({
      failure,
      code,
      httpStatus: this.#status,
      headers: this.#headers,
      isItsFault: !this.brokenOff,
    })
    if (this.#isTakenOver) this.#attempt.letGo()
    return this.#isTakenOver
  }

  #pass(): void {
    this.#isGiven = true
    this.#owner.onAnswering()
  }
}
