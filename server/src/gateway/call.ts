// One call from acceptance to record: what is known of it so far, and the one moment at which it is written down.
import type { CallRecord, Outcome, Usage } from '../domain/call-record.ts'
import type { CapturedContent } from '../domain/content/captured-content.ts'
import type { CallError } from '../domain/errors.ts'
import { mintRequestId } from '../domain/uuid.ts'
import type { OpenedCall } from '../ledger/journal/line.ts'
import type { Reservation } from './admission/admission.ts'
import type { Bag } from './bag.ts'
import type { CallCapture } from './capture/call-capture.ts'
import type { Exchange } from './exchange.ts'
import { type Charge, costOf, NO_COST, type ToldUnits } from './pricing/charge.ts'
import type { AttemptLog } from './routing/attempt-log.ts'
import type { AnswerFacts } from './usage-reading.ts'

const ENDPOINT_MAX = 512
const USER_AGENT_MAX = 512
const MESSAGE_MAX = 2_000
const NO_HEADERS = {}
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const NOTHING_TOLD: ToldUnits = { details: null, items: null }

/** What becomes known of a call as it goes. */
export type CallFacts = Partial<Omit<OpenedCall, 'id' | 'method' | 'endpoint' | 'clientIp' | 'userAgent'>>

/** Ends a call from outside, at the stage that it is in. False: it has come to its end by itself already. */
export type Cut = (error: CallError) => boolean

/** What a call begins with. */
type CallHead = Pick<Exchange, 'method' | 'path' | 'headers' | 'clientIp'>

type WriteRecord = (record: CallRecord, written?: () => void, content?: CapturedContent | null) => void

export class Call {
  readonly id = mintRequestId()
  /** Among the running calls. */
  place = -1
  readonly #startedMs = performance.now()
  readonly #facts: OpenedCall
  readonly #write: WriteRecord
  #closeCode: number | null = null
  #shadowDenials: string | null = null
  #reservation: Reservation | null = null
  #running: Bag<Call> | null = null
  #cut: Cut | null = null
  #charge: Charge | null = null
  #told = NOTHING_TOLD
  #attempts: AttemptLog | null = null
  /** What every answer to this call carries beside its own headers: what is left of its key's limits. */
  answerHeaders: Readonly<Record<string, string>> = NO_HEADERS
  /** Null: nothing of its content is kept. */
  capture: CallCapture | null = null
  #finished = false

  constructor(exchange: CallHead, write: WriteRecord) {
    this.#write = write
    this.#facts = {
      id: this.id,
      apiKeyId: null,
      method: exchange.method.slice(0, 16),
      endpoint: printable(exchange.path, ENDPOINT_MAX) ?? '',
      httpStatus: null,
      errorCode: null,
      errorMessage: null,
      upstream: null,
      upstreamRequestId: null,
      requestedModel: null,
      resolvedModel: null,
      streamed: false,
      finishReason: null,
      usageSource: 'NONE',
      inputTokens: null,
      outputTokens: null,
      cachedInputTokens: null,
      reasoningTokens: null,
      timeToFirstTokenMs: null,
      requestBytes: 0,
      responseBytes: 0,
      clientIp: exchange.clientIp,
      userAgent: printable(exchange.headers['user-agent'], USER_AGENT_MAX),
      usedSecret: null,
    }
  }

  /** Milliseconds since the call was accepted. */
  elapsedMs(): number {
    return performance.now() - this.#startedMs
  }

  note(facts: CallFacts): void {
    Object.assign(this.#facts, facts)
  }

  /** Notes what went wrong, for the log; the message is cut to what a row should hold. */
  noteError(
    error: Pick<CallError, 'code' | 'message'> | { code: string | null; message: string | null },
  ): void {
    this.note({ errorCode: printable(error.code, 128), errorMessage: printable(error.message, MESSAGE_MAX) })
  }

  /** What an answer told of itself; of one that is looked up again nothing, since the call that made it has it. */
  noteAnswer(facts: AnswerFacts): void {
    if (this.#facts.method === 'GET') return
    this.note({ finishReason: printable(facts.finishReason, 64) })
    this.noteUsage(facts.usage, facts)
  }

  /** What its upstream told of its usage. Seconds without tokens are paid for, but are no count of tokens. */
  noteUsage(usage: Usage | null, told: ToldUnits): void {
    if (usage === null && told.details === null && told.items === null) return
    this.#told = told
    if (usage !== null) this.note({ ...usage, usageSource: 'PROVIDER' })
  }

  /** From here on what it uses is paid for; asked twice, the last alone counts. */
  charge(charge: Charge | null): void {
    this.#charge = charge
  }

  /** The moment of the first token; only the first call counts. */
  noteFirstToken(): void {
    this.#facts.timeToFirstTokenMs ??= Math.round(this.elapsedMs())
  }

  /** How a WebSocket session was closed on the caller's side. */
  noteCloseCode(code: number): void {
    this.#closeCode = code
  }

  /** The key's rules have let it in: its end settles what was reserved. Asked twice, it holds the last alone. */
  hold(reservation: Reservation): void {
    if (this.#finished) return reservation.release()
    this.#reservation?.release()
    this.#reservation = reservation
  }

  /** Error codes of what rules in shadow would have said no with. */
  noteShadowDenials(codes: string[]): void {
    if (codes.length > 0) this.#shadowDenials = codes.join(' ')
  }

  /** Its key has let it in: it is among those that run until it ends, and can be cut. */
  run(running: Bag<Call>, cut: Cut): void {
    this.#running = running
    this.#cut = cut
    running.add(this)
  }

  /** It has come to a stage where it is cut in another way. */
  cutBy(cut: Cut): void {
    this.#cut = cut
  }

  /** False where it could not be cut any more. */
  cut(error: CallError): boolean {
    return !this.#finished && this.#cut !== null && this.#cut(error)
  }

  get apiKeyId(): number | null {
    return this.#facts.apiKeyId
  }

  /** More than one way was tried, or the only one failed: its log is asked at the end. */
  noteAttempts(log: AttemptLog): void {
    this.#attempts = log
  }

  /** The attempt under way is over, with what has been noted of its answer. */
  endAttempt(): void {
    this.#attempts?.text(this.elapsedMs(), this.#facts)
  }

  countRequestBytes(bytes: number): void {
    this.#facts.requestBytes += bytes
  }

  countResponseBytes(bytes: number): void {
    this.#facts.responseBytes += bytes
  }

  /** Takes what goes out of an answer, to be counted and, where content is captured, to be kept. */
  passResponse(bytes: Buffer): void {
    this.#facts.responseBytes += bytes.length
    this.capture?.addResponse(bytes)
  }

  /** Keeps what is wanted of its content, and says so in its answer. */
  beginCapture(capture: CallCapture | null): void {
    if (capture === null) return
    this.capture = capture
    this.answerHeaders = {
      ...this.answerHeaders,
      'x-latchkey-content-capture': capture.capture.toLowerCase(),
    }
  }

  get finished(): boolean {
    return this.#finished
  }

  /** What is known so far, as the ledger keeps it while the call is open. */
  opened(): OpenedCall {
    return { ...this.#facts }
  }

  /**
   * Writes the record, and runs `written` once it is safe; a second call changes nothing and runs nothing, since a call
   * ends once.
   */
  finish(outcome: Outcome, written?: () => void): void {
    if (this.#finished) return
    this.#finished = true
    this.#running?.delete(this)
    const durationMs = Math.round(this.elapsedMs())
    const [closeCode, shadowDenials] = [this.#closeCode, this.#shadowDenials]
    const cost = this.#charge === null ? NO_COST : costOf(this.#charge, this.#facts, this.#told, outcome)
    if (this.#reservation !== null) this.#settle(this.#reservation, cost.costNanoUsd ?? 0)
    this.#write(
      {
        ...this.#facts,
        closeCode,
        shadowDenials,
        ...cost,
        attempts: this.#attempts?.text(durationMs, this.#facts) ?? null,
        outcome,
        durationMs,
      },
      written,
      this.capture?.end(this.id, outcome),
    )
  }

  /** The same calls count here as in the ledger's sums (ledger/key-sums.ts): those that were sent to an upstream. */
  #settle(reservation: Reservation, costNanoUsd: number): void {
    const { upstream, inputTokens, outputTokens, requestedModel } = this.#facts
    if (upstream === null) return reservation.release()
    const tokens = (inputTokens ?? 0) + (outputTokens ?? 0)
    const isForm = this.#charge?.asked.kind === 'FORM'
    reservation.settle({ tokens, costNanoUsd, ...(isForm ? { formModel: requestedModel } : {}) })
  }
}

/** Text that both databases take and a log can show: well-formed, no NUL or other control characters, cut to a length. */
export function printable(text: string | null | undefined, maxChars: number): string | null {
  if (text === null || text === undefined) return null
  // As nearly all is.
  if (text.length <= maxChars && PRINTABLE_ASCII.test(text)) return text
  return text
    .slice(0, maxChars)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
}
