// One call from acceptance to record: what is known of it so far, and the one moment at which it is written down.

import type { CallError } from '../../domain/errors.ts'
import type { CallRecord, Outcome, Usage } from '../../domain/logs/call-record.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { mintRequestId } from '../../domain/uuid.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { CallLog } from '../../ledger/journal/call-log.ts'
import type { OpenedCall } from '../../ledger/journal/line.ts'
import type { Reservation } from '../admission/reservation.ts'
import type { AttemptLog } from '../attempt/attempt-log.ts'
import type { CallCapture } from '../capture/call-capture.ts'
import type { ResponseFacts } from '../metering/read-usage.ts'
import type { Charge, ReportedUnits } from '../pricing/charge.ts'
import type { UnorderedSet, UnorderedSetMember } from './unordered-set.ts'

const ENDPOINT_MAX = 512
const USER_AGENT_MAX = 512
const MODEL_MAX = 256
const MESSAGE_MAX = 2_000
const NO_HEADERS = {}
const NOTHING_REPORTED: ReportedUnits = { details: null, items: null }

/** What becomes known of a call as it goes. */
export type CallFacts = Partial<Omit<OpenedCall, 'id' | 'method' | 'endpoint' | 'clientIp' | 'userAgent'>>

/** A call at one of its stages, which can be ended from outside. */
export type Abortable = {
  /** False: it has come to its end by itself already. */
  abort(error: CallError): boolean
}

/** What a call begins with. */
type CallHead = Pick<Exchange, 'method' | 'path' | 'headers' | 'clientIp'>

export class Call implements UnorderedSetMember {
  readonly id = mintRequestId()
  /** Among the running calls. */
  place = -1
  readonly #startedMs = performance.now()
  readonly #record: CallRecord
  readonly #write: CallLog['record']
  #reservation: Reservation | null = null
  #inFlight: UnorderedSet<Call> | null = null
  #stage: Abortable | null = null
  #charge: Charge | null = null
  #reported = NOTHING_REPORTED
  #attempts: AttemptLog | null = null
  // Of its lines in the journal, once it is open.
  #beginning: string | null = null
  /** What every answer to this call carries beside its own headers: what is left of its key's limits. */
  responseHeaders: Readonly<Record<string, string>> = NO_HEADERS
  /** Null: nothing of its content is kept. */
  capture: CallCapture | null = null
  #finished = false

  constructor(exchange: CallHead, write: CallLog['record']) {
    this.#write = write
    this.#record = {
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
      closeCode: null,
      shadowDenials: null,
      costNanoUsd: null,
      receipt: null,
      attempts: null,
      // Until its end is known.
      outcome: 'ERROR',
      durationMs: 0,
    }
  }

  /** Milliseconds since the call was accepted. */
  elapsedMs(): number {
    return performance.now() - this.#startedMs
  }

  /** For what becomes known of few calls. What every call has is noted by a method of its own, which allocates nothing. */
  note(facts: CallFacts): void {
    Object.assign(this.#record, facts)
  }

  /** `usedSecret`: which of the key's former secrets was sent; null for its current one. */
  noteKey(apiKeyId: number, usedSecret: OpenedCall['usedSecret']): void {
    this.#record.apiKeyId = apiKeyId
    this.#record.usedSecret = usedSecret
  }

  /** What the request asks for: the public name of a model, and whether its response is to be a stream. */
  noteRequest(model: string | null, streamed: boolean): void {
    this.#record.requestedModel = printable(model, MODEL_MAX)
    this.#record.streamed = streamed
  }

  /**
   * An attempt begins: it goes to this upstream, as this model there, and nothing is known of its response. From here on what
   * the call uses is charged; of several attempts by the charge of the last alone. `charge` null: it costs nothing.
   */
  noteAttempt(upstream: string, model: string | null, charge: Charge | null): void {
    const record = this.#record
    record.upstream = upstream
    record.resolvedModel = printable(model, MODEL_MAX)
    record.upstreamRequestId = null
    record.httpStatus = null
    this.#charge = charge
  }

  /** The upstream's own id of the request, from its response head. */
  noteUpstreamRequestId(id: string | null): void {
    this.#record.upstreamRequestId = printable(id, 128)
  }

  /** The head of the response that goes to the client. */
  noteResponseHead(status: number, isEventStream: boolean): void {
    if (isEventStream) this.#record.streamed = true
    this.#record.httpStatus = status
  }

  /** Notes what went wrong, for the log; the message is cut to what a row should hold. */
  noteError(
    error: Pick<CallError, 'code' | 'message'> | { code: string | null; message: string | null },
  ): void {
    this.#record.errorCode = printable(error.code, 128)
    this.#record.errorMessage = printable(error.message, MESSAGE_MAX)
  }

  /** What an answer told of itself; of one that is looked up again nothing, since the call that made it has it. */
  noteResponse(facts: ResponseFacts): void {
    if (this.#record.method === 'GET') return
    this.#record.finishReason = printable(facts.finishReason, 64)
    this.noteUsage(facts.usage, facts)
  }

  /** What its upstream told of its usage. Seconds without tokens are paid for, but are no count of tokens. */
  noteUsage(usage: Usage | null, told: ReportedUnits): void {
    if (usage === null && told.details === null && told.items === null) return
    this.#reported = told
    if (usage === null) return
    const record = this.#record
    record.inputTokens = usage.inputTokens
    record.outputTokens = usage.outputTokens
    record.cachedInputTokens = usage.cachedInputTokens
    record.reasoningTokens = usage.reasoningTokens
    record.usageSource = 'PROVIDER'
  }

  /** The moment of the first token; only the first call counts. */
  noteFirstToken(): void {
    this.#record.timeToFirstTokenMs ??= Math.round(this.elapsedMs())
  }

  /** How a WebSocket session was closed on the caller's side. */
  noteCloseCode(code: number): void {
    this.#record.closeCode = code
  }

  /** The key's rules have let it in: its end settles what was reserved. Asked twice, it holds the last alone. */
  hold(reservation: Reservation): void {
    if (this.#finished) return reservation.release()
    this.#reservation?.release()
    this.#reservation = reservation
  }

  /** Error codes of what rules in shadow would have said no with. */
  noteShadowDenials(codes: string[]): void {
    if (codes.length > 0) this.#record.shadowDenials = codes.join(' ')
  }

  /** Its key has let it in: it is among those that run until it ends, and can be cut. */
  run(inFlight: UnorderedSet<Call>, stage: Abortable): void {
    this.#inFlight = inFlight
    this.#stage = stage
    inFlight.add(this)
  }

  /** It has come to a stage where it is cut in another way. */
  abortWith(stage: Abortable): void {
    this.#stage = stage
  }

  /** False where it could not be cut any more. */
  abort(error: CallError): boolean {
    return !this.#finished && this.#stage !== null && this.#stage.abort(error)
  }

  get apiKeyId(): number | null {
    return this.#record.apiKeyId
  }

  /** More than one way was tried, or the only one failed: its log is asked at the end. */
  noteAttempts(log: AttemptLog): void {
    this.#attempts = log
  }

  /** The attempt under way is over, with what has been noted of its answer. */
  endAttempt(): void {
    this.#attempts?.text(this.elapsedMs(), this.#record)
  }

  countRequestBytes(bytes: number): void {
    this.#record.requestBytes += bytes
  }

  countResponseBytes(bytes: number): void {
    this.#record.responseBytes += bytes
  }

  /** Takes what goes out of an answer, to be counted and, where content is captured, to be kept. */
  passResponse(bytes: Buffer): void {
    this.#record.responseBytes += bytes.length
    this.capture?.addResponse(bytes)
  }

  /** Keeps what is wanted of its content, and says so in its answer. */
  beginCapture(capture: CallCapture | null): void {
    if (capture === null) return
    this.capture = capture
    this.responseHeaders = {
      ...this.responseHeaders,
      'x-latchkey-content-capture': capture.capture.toLowerCase(),
    }
  }

  get finished(): boolean {
    return this.#finished
  }

  /** Has what is known so far written down, as the ledger keeps it while the call is open. */
  open(write: CallLog['open']): void {
    this.#beginning = write(this.#record)
  }

  /**
   * Writes the record, and runs `written` once it is safe; a second call changes nothing and runs nothing, since a call
   * ends once.
   */
  finish(outcome: Outcome, written?: () => void): void {
    if (this.#finished) return
    this.#finished = true
    this.#inFlight?.delete(this)
    const record = this.#record
    record.outcome = outcome
    record.durationMs = Math.round(this.elapsedMs())
    if (this.#charge !== null) {
      const cost = this.#charge.costOf(record, this.#reported, outcome)
      record.costNanoUsd = cost.costNanoUsd
      record.receipt = cost.receipt
    }
    if (this.#reservation !== null) this.#settle(this.#reservation, record.costNanoUsd ?? 0)
    if (this.#attempts !== null) record.attempts = this.#attempts.text(record.durationMs, record)
    this.#write(record, written, this.capture?.end(this.id, outcome), this.#beginning)
  }

  /** The same calls count here as in the ledger's sums (ledger/key-sums.ts): those that were sent to an upstream. */
  #settle(reservation: Reservation, costNanoUsd: number): void {
    const { upstream, inputTokens, outputTokens, requestedModel } = this.#record
    if (upstream === null) return reservation.release()
    const tokens = (inputTokens ?? 0) + (outputTokens ?? 0)
    const isForm = this.#charge?.isForm === true
    reservation.settle({ tokens, costNanoUsd, ...(isForm ? { formModel: requestedModel } : {}) })
  }
}
