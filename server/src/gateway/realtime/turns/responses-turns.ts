// The model calls of a WebSocket of the Responses API. Each `response.create` is a call of its own: it is judged, admitted, priced
// and recorded as the same body sent to the endpoint over HTTP is, on the one upstream that the WebSocket is open to.
// https://platform.openai.com/docs/guides/websocket-mode

import { RESPONSES_PATH } from '../../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../../domain/errors.ts'
import type { Outcome } from '../../../domain/logs/call-record.ts'
import { numberedCode } from '../../../domain/logs/log-codes.ts'
import { formerSecretUsed, keyError } from '../../../domain/policy/judge-call.ts'
import { parseUpstreamError } from '../../../domain/upstreams/parse-upstream-error.ts'
import { errorMessage } from '../../../http/wire/error-response.ts'
import { scanBody } from '../../../http/wire/json-scan.ts'
import { parsedJson } from '../../../http/wire/parsed-json.ts'
import { Call } from '../../call/call.ts'
import type { KnownKey } from '../../identity/key-directory.ts'
import { factsFrom } from '../../metering/read-usage.ts'
import { redactedBytes } from '../../metering/upstream-error.ts'
import { ObjectBinder } from '../../objects/object-binder.ts'
import { SESSION } from '../../pricing/billable-units.ts'
import { chargeOn } from '../../pricing/price-routes.ts'
import type { Route } from '../../routing/route-table.ts'
import { admitTurn, refusalOfObjects, type TurnPlace } from './admit-turn.ts'
import { type ResponsesEvent, readEvent, streamIdOf } from './read-event.ts'
import { CREATE_ALONE, endsSession, notHere, statusIn, TURNS_MAX, tooMany } from './turn-errors.ts'
import { TurnEstimate } from './turn-estimate.ts'

/** What the turns of one WebSocket work with. */
export type TurnsOptions = TurnPlace & {
  /** What was sent to the upstream, and no client may learn. */
  secrets: readonly string[]
  /** Sends a message to the client. */
  respond(message: Buffer): void
  /** Ends the WebSocket with 1008, because its key may make no more calls. */
  stop(error: CallError): void
}

/** One `response.create`, or a response that another message began, until the last event of the response. */
type Turn = {
  call: Call
  streamId: string | null
  binder: ObjectBinder
  estimate: TurnEstimate
  /** Its upstream has begun the response, with this id. */
  begun: boolean
  responseId: string | null
}

/** The key as it was last found, the model that was called last, and what was sent since that may begin a response. */
type Last = { key: KnownKey; model: string | null; route: Route; message: Buffer | null }

const WANTED: ReadonlySet<string> = new Set(['type', 'stream_id', 'model'])
const LAST_EVENTS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
])

/** The turns of one WebSocket. At its end, `end` finishes what is in progress. */
export class ResponsesTurns {
  readonly #options: TurnsOptions
  // Bound: TURNS_MAX. Lifetime: until the last event of the response, or the end of the WebSocket.
  readonly #turns: Turn[] = []
  #last: Last | null = null
  #admitting = 0
  #ended = false

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** Whether a response is in progress, whose usage comes at its end. */
  get inProgress(): boolean {
    return this.#turns.length > 0
  }

  /** A message of the client: what the upstream is sent in its place; null: nothing, and the client has been sent the reason. */
  async onRequestMessage(message: Buffer): Promise<Buffer | null> {
    const scan = await scanBody(message, WANTED)
    const value = (name: string) => {
      const spans = scan?.members.get(name) ?? []
      const [span] = spans
      if (span === undefined || spans.length > 1 || span.end - span.start > 1_024) return undefined
      return parsedJson(message.toString('utf8', span.start, span.end))
    }
    const type = value('type')
    const streamId = streamIdOf(value('stream_id'))
    if (scan === null || typeof type !== 'string') return this.#deny(callError('invalid_json'), streamId)
    if (type === 'response.create') return this.#create(message, streamId)
    const refusal = await this.#refusalOf(type, scan.members.has('model'), message)
    return refusal === null ? message : this.#deny(refusal, streamId)
  }

  /**
   * Why a message that is no call may not be sent: only a call is judged. Any other may begin a response, as `response.steer` does, or
   * get an error that is taken for the end of a call: such a response would be in no limit and no budget. That of a key without rules
   * is metered once it begins.
   */
  async #refusalOf(type: string, namesModel: boolean, message: Buffer): Promise<CallError | null> {
    const { gateway, identify, stop } = this.#options
    const key = await identify()
    const stopped = 'httpStatus' in key ? key : keyError(key, gateway.clock())
    if (stopped !== null) stop(stopped)
    if (stopped !== null || 'httpStatus' in key) return stopped
    if (key.governed?.policy != null) return CREATE_ALONE
    const refusal = namesModel ? notHere(type) : await refusalOfObjects(gateway, key, message)
    if (refusal !== null) return refusal
    const { model = null, route = this.#options.route } = this.#last ?? {}
    this.#last = { key, model, route, message }
    return null
  }

  async #create(message: Buffer, streamId: string | null): Promise<Buffer | null> {
    if (this.#turns.length + this.#admitting >= TURNS_MAX) return this.#deny(tooMany(), streamId)
    const { gateway, exchange } = this.#options
    const call = new Call({ ...exchange, method: 'POST', path: RESPONSES_PATH }, gateway.record)
    call.countRequestBytes(message.length)
    const estimate = new TurnEstimate(message)
    this.#admitting++
    try {
      const admitted = await admitTurn(this.#options, call, message, {
        inProgress: () => this.inProgress,
        run: () => this.#run(call, estimate),
      })
      if (call.finished) return null
      if (this.#ended) {
        call.finish('CANCELLED')
        return null
      }
      if (!('httpStatus' in admitted)) {
        this.#last = { ...admitted, message: null }
        this.#begin(call, streamId, estimate)
        return admitted.message
      }
      call.note({ httpStatus: admitted.httpStatus })
      call.noteError(admitted)
      await finished(call, 'DENIED')
      this.#deny(admitted, streamId)
      if (endsSession(admitted)) this.#options.stop(admitted)
      return null
    } catch (error) {
      gateway.onInternalError(error, call.id)
      call.noteError(callError('internal_error'))
      call.finish('ERROR')
      return this.#deny(callError('internal_error'), streamId)
    } finally {
      this.#admitting--
    }
  }

  #run(call: Call, estimate: TurnEstimate): void {
    const { gateway, stop } = this.#options
    call.run(gateway.inFlight, {
      abort: (error) => {
        call.noteError(error)
        estimate.noteIn(call)
        call.finish('ERROR')
        stop(error)
        return true
      },
    })
  }

  #begin(call: Call, streamId: string | null, estimate: TurnEstimate): Turn {
    const { gateway, route } = this.#options
    // A later turn may name the response, also one that is kept for this WebSocket alone.
    const options = { isStored: true, isDurable: false, deletes: null }
    const binder = new ObjectBinder(gateway.objects, call.apiKeyId ?? 0, options)
    binder.begin(route.upstream)
    const turn = { call, streamId, binder, estimate, begun: false, responseId: null }
    this.#turns.push(turn)
    return turn
  }

  /** A response that no `response.create` asked for, as one that was steered: a call of its own, of the model called last. */
  #beginUnasked(event: ResponsesEvent): Turn | undefined {
    const { gateway, exchange, stop } = this.#options
    const last = this.#last
    if (last === null || this.#ended) return undefined
    if (this.#turns.length >= TURNS_MAX) {
      stop(tooMany())
      return undefined
    }
    const { key, message } = last
    const route = last.model === null ? { ...last.route, model: factsFrom(event.parsed).model } : last.route
    const call = new Call({ ...exchange, method: 'POST', path: RESPONSES_PATH }, gateway.record)
    call.countRequestBytes(message?.length ?? 0)
    const estimate = new TurnEstimate(message ?? NO_MESSAGE)
    call.noteKey(key, formerSecretUsed(key, gateway.clock()))
    call.beginCapture(gateway.captureOf(key, exchange.headers))
    this.#run(call, estimate)
    if (message !== null) call.capture?.noteRequest('application/json', message)
    call.noteRequest(last.model ?? route.model, true)
    call.noteAttempt(route.upstream.name, route.model, chargeOn(gateway, route, SESSION))
    call.open(gateway.open)
    this.#last = { ...last, message: null }
    return this.#begin(call, event.streamId, estimate)
  }

  /** A message of the upstream: what the client is sent, once the record of a call that it ends is in the journal. */
  onUpstreamMessage(message: Buffer): Buffer | Promise<Buffer> {
    if (this.#turns.length === 0 && this.#last === null) return message
    const event = readEvent(message)
    return event instanceof Promise
      ? event.then((read) => this.#onEvent(read, message))
      : this.#onEvent(event, message)
  }

  #onEvent(event: ResponsesEvent | null, message: Buffer): Buffer | Promise<Buffer> {
    const turn = event === null ? undefined : this.#turnOf(event)
    if (event === null || turn === undefined) return message
    const { call, estimate } = turn
    if (event.type === 'response.created') {
      turn.begun = true
      turn.responseId = event.responseId
      turn.binder.note(event.parsed)
    }
    if (!LAST_EVENTS.has(event.type)) {
      if (estimate.add(event, message.length) === 'text') call.noteFirstToken()
      call.countResponseBytes(message.length)
      return message
    }
    this.#turns.splice(this.#turns.indexOf(turn), 1)
    const { parsed } = event
    const facts = factsFrom(parsed)
    call.noteResponse(facts)
    if (facts.usage === null && estimate.written) estimate.noteIn(call)
    turn.binder.note(parsed)
    const clean = event.type === 'error' ? redactedBytes(message, this.#options.secrets) : message
    call.capture?.beginResponse({ 'content-type': 'application/json' })
    call.passResponse(clean)
    const failed = event.type === 'error' || event.type === 'response.failed'
    const status = failed ? statusIn(parsed) : 200
    call.note({ httpStatus: status })
    if (failed)
      call.noteError(
        parseUpstreamError(parsed, numberedCode('upstream', status)) ?? callError('upstream_interrupted'),
      )
    const bound = turn.binder.pending ?? Promise.resolve()
    return bound.then(() => finished(call, failed ? 'ERROR' : 'SUCCESS')).then(() => clean)
  }

  /** The turn of an event; undefined: it is of none. */
  #turnOf(event: ResponsesEvent): Turn | undefined {
    const { type, streamId, responseId } = event
    const ofStream = (turn: Turn) => turn.streamId === streamId
    if (type === 'response.created') {
      const waiting = this.#turns.filter(({ begun }) => !begun)
      return waiting.find(ofStream) ?? waiting[0] ?? this.#beginUnasked(event)
    }
    const ofResponse = (turn: Turn) => responseId !== null && turn.responseId === responseId
    const found =
      this.#turns.find((turn) => ofStream(turn) && ofResponse(turn)) ??
      (streamId === null ? this.#turns.find(ofResponse) : undefined) ??
      this.#turns.find(ofStream) ??
      this.#turns[0]
    // It has ended before it began.
    return found ?? (LAST_EVENTS.has(type) && type !== 'error' ? this.#beginUnasked(event) : undefined)
  }

  /** The WebSocket has ended: so have the calls on it, whose responses are incomplete. */
  end(outcome: Outcome, error: { code: string; message: string | null } | null): void {
    this.#ended = true
    for (const { call, estimate } of this.#turns.splice(0)) {
      if (error !== null) call.noteError(error)
      estimate.noteIn(call)
      call.finish(outcome === 'SUCCESS' ? 'CANCELLED' : outcome)
    }
  }

  #deny(error: CallError, streamId: string | null): null {
    this.#options.respond(errorMessage(error, streamId))
    return null
  }
}

const NO_MESSAGE = Buffer.alloc(0)

/** Resolves once the record is in the journal. */
function finished(call: Call, outcome: Outcome): Promise<void> {
  return new Promise((resolve) => {
    if (call.finished) return resolve()
    call.finish(outcome, resolve)
  })
}
