// One call from acceptance to its record: what is known of it so far, and the one moment at which its record is written.

import type { CallError } from '../../domain/errors.ts'
import type { CallRecord, Outcome, Usage } from '../../domain/logs/call-record.ts'
import type { AFFINITIES } from '../../domain/logs/columns.ts'
import { newRecord, setUsage } from '../../domain/logs/generated/new-record.ts'
import { hideSecrets } from '../../domain/logs/hide-secrets.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { joinedTags } from '../../domain/logs/tags.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import { mintRequestId } from '../../domain/uuid.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { CallLog } from '../../ledger/journal/call-log.ts'
import type { OpenedCall } from '../../ledger/journal/line.ts'
import type { BodyLease } from '../admission/body-memory.ts'
import type { ActualUse, Reservation } from '../admission/reservation.ts'
import type { AttemptLog } from '../attempt/attempt-log.ts'
import type { CallCapture } from '../capture/call-capture.ts'
import { sentCredential } from '../identity/credential.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import type { ResponseFacts } from '../metering/read-usage.ts'
import { type Charge, NOTHING_REPORTED, type ReportedUnits } from '../pricing/charge.ts'
import { protocolCredential } from '../realtime/handshake/handshake.ts'
import type { UnorderedSet, UnorderedSetMember } from './unordered-set.ts'

const ENDPOINT_MAX = 512
const USER_AGENT_MAX = 512
const MODEL_MAX = 256
const MESSAGE_MAX = 2_000
const NO_HEADERS = {}
const NOTHING_CHARGED: ActualUse = { tokens: 0, costNanoUsd: 0 }

/** What becomes known of a call while it is in flight. */
export type CallFacts = Partial<Omit<OpenedCall, 'id' | 'method' | 'endpoint' | 'clientIp' | 'userAgent'>>

/** A call at one of its stages, at which it can be aborted. */
export type Abortable = {
  /** False: it has ended already, or its response is complete. */
  abort(error: CallError): boolean
}

/** What takes memory, or a file, for a body. `take`: of one in memory that is counted. */
type HeldBody = Pick<BodyLease, 'release'> & Partial<Pick<BodyLease, 'take'>>

/** What is known of a call when it is accepted. */
type CallHead = Pick<Exchange, 'method' | 'path' | 'headers' | 'clientIp'>

export class Call implements UnorderedSetMember {
  readonly id = mintRequestId()
  /** In the set of in-flight calls. */
  place = -1
  readonly #startedMs = performance.now()
  readonly #record: CallRecord
  readonly #write: CallLog['record']
  /** What the client sent as its key in a header; null: nothing. */
  readonly sent: string | null
  /** The same, or what it sent in a subprotocol. */
  readonly #secret: string | null
  #reservation: Reservation | null = null
  #inFlight: UnorderedSet<Call> | null = null
  #stage: Abortable | null = null
  #charge: Charge | null = null
  #charged = NOTHING_CHARGED
  #body: HeldBody | null = null
  #reported = NOTHING_REPORTED
  #attempts: AttemptLog | null = null
  // What both of its lines in the journal begin with, once the first is written.
  #beginning: string | null = null
  /** What every response to this call carries beside its own headers: the remaining amounts of its key's limits. */
  responseHeaders: Readonly<Record<string, string>> = NO_HEADERS
  /** Null: its content is not captured. */
  capture: CallCapture | null = null
  // The gateway stops, and no longer waits for it.
  #interrupted = false
  #finished = false

  constructor(exchange: CallHead, write: CallLog['record']) {
    this.#write = write
    this.sent = sentCredential(exchange.headers)
    this.#secret = this.sent ?? protocolCredential(exchange.headers)
    const record = newRecord(
      this.id,
      exchange.method.slice(0, 16),
      printable(exchange.path, ENDPOINT_MAX) ?? '',
    )
    record.clientIp = exchange.clientIp
    record.userAgent = printable(exchange.headers['user-agent'], USER_AGENT_MAX)
    this.#record = record
  }

  /** Milliseconds since the call was accepted. */
  elapsedMs(): number {
    return performance.now() - this.#startedMs
  }

  /** For the fields that few calls have. What every call has is noted by a method of its own, which allocates nothing. */
  note(facts: CallFacts): void {
    Object.assign(this.#record, facts)
  }

  /** `usedSecret`: which of the key's former secrets was sent; null for its current one. */
  noteKey(
    { id, ownerId, labels }: Pick<KnownKey, 'id' | 'ownerId' | 'labels'>,
    usedSecret: OpenedCall['usedSecret'],
  ): void {
    const record = this.#record
    record.apiKeyId = id
    record.usedSecret = usedSecret
    record.ownerId = ownerId
    record.labels = labels
  }

  /** What the client has tagged the call with, beside what it has before; of two of one name the first counts. */
  noteTags(tags: string | null): void {
    this.#record.tags = joinedTags(this.#record.tags, tags)
  }

  /** What the request specifies: the public name of a model, and whether its response is to be a stream. */
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

  /** What decided on its route, beside priority, weight and chance. */
  noteAffinity(affinity: (typeof AFFINITIES)[number]): void {
    this.#record.affinity = affinity
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

  /**
   * Notes an error, for the log; the message is truncated to what a row should hold. `isSent` is false where the client is sent
   * nothing of it.
   */
  noteError(
    error:
      | Pick<CallError, 'code' | 'wireCode' | 'message'>
      | { code: string | null; message: string | null; wireCode?: undefined },
    isSent = true,
  ): void {
    this.#record.errorCode = printable(error.code, 128)
    // An upstream's error is passed on with its own code.
    const sent = error.wireCode === undefined ? error.code : error.wireCode
    this.#record.clientErrorCode = isSent ? printable(sent, 128) : null
    this.#record.errorMessage = printable(error.message, MESSAGE_MAX)
  }

  /** What a response reported; nothing of a GET, since the usage of a stored response is that of the call that created it. */
  noteResponse(facts: ResponseFacts): void {
    if (this.#record.method === 'GET') return
    this.#record.finishReason = printable(facts.finishReason, 64)
    this.#record.serviceTier = printable(facts.serviceTier, 64)
    this.noteUsage(facts.usage, facts)
  }

  /** The usage that the upstream reported. Seconds without tokens are charged, but are no count of tokens. */
  noteUsage(usage: Usage | null, reported: ReportedUnits): void {
    const { details, items, tools, reportedNanoUsd } = reported
    if (usage === null && details === null && items === null && tools === null && reportedNanoUsd === null)
      return
    this.#reported = reported
    if (usage === null) return
    setUsage(this.#record, usage)
    this.#record.usageSource = 'PROVIDER'
  }

  /** The moment of the first token; only the first call counts. */
  noteFirstToken(): void {
    this.#record.timeToFirstTokenMs ??= Math.round(this.elapsedMs())
  }

  /** The close code of a WebSocket session on the client's side. */
  noteCloseCode(code: number): void {
    this.#record.closeCode = code
  }

  /** The key's rules have admitted it: its end settles the reservation. Of two reservations it holds the last alone. */
  hold(reservation: Reservation): void {
    if (this.#finished) return reservation.release()
    this.#reservation?.release()
    this.#reservation = reservation
  }

  /**
   * The call goes on, and its upstream has reported this much so far: what is new of it is charged to its key. The verdict is
   * that of Reservation's `charge`.
   */
  chargeSoFar(usage: Usage | null, reported: ReportedUnits): Verdict | null | Promise<Verdict | null> {
    this.noteUsage(usage, reported)
    if (this.#reservation === null) return null
    const record = this.#record
    const tokens = (record.inputTokens ?? 0) + (record.outputTokens ?? 0)
    const known = this.#charge?.costOf(record, this.#reported, 'SUCCESS').costNanoUsd ?? null
    const cost = known ?? this.#unknownCost(this.#reservation)
    const before = this.#charged
    this.#charged = { tokens, costNanoUsd: Math.max(cost, before.costNanoUsd) }
    return this.#reservation.charge({
      tokens: tokens - before.tokens,
      costNanoUsd: this.#charged.costNanoUsd - before.costNanoUsd,
    })
  }

  /** Counts the request and gives its place in flight back: the calls that follow on its connection are admitted themselves. */
  settleRequest(): void {
    this.#reservation?.settle({ tokens: 0, costNanoUsd: 0 })
    this.#reservation = null
  }

  /** Its body takes memory, or a file, until its end. */
  holdBody(body: HeldBody): void {
    if (this.#finished) body.release()
    else this.#body = body
  }

  /** Its body is in memory once more, as its upstream is to get it. False where there is no room; only of a large body it is asked. */
  holdCopy(bytes: number): boolean {
    return this.#body?.take?.(bytes) ?? true
  }

  /** The error codes with which rules in shadow mode would have denied it. */
  noteShadowDenials(codes: string[]): void {
    if (codes.length > 0) this.#record.shadowDenials = codes.join(' ')
  }

  /** Its key has admitted it: from here to its end it is in flight, and can be aborted. */
  run(inFlight: UnorderedSet<Call>, stage: Abortable): void {
    this.#inFlight = inFlight
    this.#stage = stage
    inFlight.add(this)
  }

  /** It has reached another stage, at which this aborts it. */
  abortWith(stage: Abortable): void {
    this.#stage = stage
  }

  /** False where it could not be aborted any more. */
  abort(error: CallError): boolean {
    if (this.#finished || this.#stage === null) return false
    // Before the stage ends it, which writes the record.
    this.#interrupted = error.code === 'shutting_down'
    const aborted = this.#stage.abort(error)
    if (!aborted) this.#interrupted = false
    return aborted
  }

  get apiKeyId(): number | null {
    return this.#record.apiKeyId
  }

  /** There was more than one attempt, or the only one failed: the attempt log is part of the record. */
  noteAttempts(log: AttemptLog): void {
    this.#attempts = log
  }

  /** The current attempt is over, with what was noted of its response. */
  endAttempt(): void {
    this.#attempts?.text(this.elapsedMs(), this.#record)
  }

  countRequestBytes(bytes: number): void {
    this.#record.requestBytes += bytes
  }

  countResponseBytes(bytes: number): void {
    this.#record.responseBytes += bytes
  }

  /** Takes what is sent of a response: counts it and, where content is captured, keeps it. */
  passResponse(bytes: Buffer): void {
    this.#record.responseBytes += bytes.length
    this.capture?.addResponse(bytes)
  }

  /** Begins to capture its content, and sets the header that says so in its response. */
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

  /** Writes what is known so far to the journal, where it represents the call while that is open. */
  open(write: CallLog['open']): void {
    hideSecrets(this.#record, this.#secret)
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
    this.#body?.release()
    const record = this.#record
    record.outcome = this.#interrupted ? 'INTERRUPTED' : outcome
    record.durationMs = Math.round(this.elapsedMs())
    if (this.#charge !== null) {
      const cost = this.#charge.costOf(record, this.#reported, outcome)
      record.costNanoUsd = cost.costNanoUsd
      record.cacheSavedNanoUsd = cost.cacheSavedNanoUsd
      record.receipt = cost.receipt
    }
    if (this.#reservation !== null) this.#settle(this.#reservation)
    if (this.#attempts !== null) record.attempts = this.#attempts.text(record.durationMs, record)
    hideSecrets(record, this.#secret)
    this.#write(record, written, this.capture?.end(this.id, outcome), this.#beginning)
  }

  /** The same calls count here as in the ledger's rollups by key: those that were sent to an upstream. */
  #settle(reservation: Reservation): void {
    const record = this.#record
    if (record.upstream === null) return reservation.release()
    const reserved = record.costNanoUsd === null ? this.#unknownCost(reservation) : 0
    if (reserved > 0) record.reservedNanoUsd = reserved
    const tokens = (record.inputTokens ?? 0) + (record.outputTokens ?? 0)
    reservation.settle({ tokens, costNanoUsd: record.costNanoUsd ?? reserved })
  }

  /** What budgets count of a cost that is not known, as of a tier that the upstream has chosen: what was reserved, for known use. */
  #unknownCost({ costNanoUsd }: Reservation): number {
    return this.#charge === null || this.#record.usageSource === 'NONE' ? 0 : costNanoUsd
  }
}
