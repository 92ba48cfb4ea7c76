// Forwards a call by the first of its ways that answers, and that answer to the caller.
import type { Readable } from 'node:stream'
import { type CallError, callError } from '../domain/errors.ts'
import { retryAfterMs } from '../domain/retry-after.ts'
import { type FailureClass, isIncident, REMEDIES } from '../domain/upstream-failure.ts'
import { answerWithError } from './answer-with-error.ts'
import { type Call, printable } from './call.ts'
import type { StreamDialect } from './event-stream-meter.ts'
import type { Exchange } from './exchange.ts'
import type { Gateway } from './gateway.ts'
import type { AskedUnits } from './pricing/asked-units.ts'
import { type AnswerRelay, relayAnswer } from './relay-answer.ts'
import type { Route, Ways } from './routes.ts'
import { type AttemptLog, createAttemptLog } from './routing/attempt-log.ts'
import type { FailedAttempt } from './routing/attempt-verdict.ts'
import { nextWay } from './routing/choose-ways.ts'

export type Forwarding = {
  route: Route
  /** The further ways, in the order to be tried; empty where the body can be sent but once. */
  others: readonly Route[]
  body: Buffer | Readable | null
  bodyBytes: number | null
  /** The body as it goes by another way, which may have another name for the model; null where there is one body. */
  bodyFor: ((route: Route) => Buffer) | null
  /** Read usage off the answer. */
  metered: boolean
  /** What of it is paid for; null: nothing. */
  asked: AskedUnits | null
  /** A success is JSON, or a stream of events that ends as this endpoint's do; null for any kind of answer. */
  answers: StreamDialect | null
  /** The gateway asked for the usage chunk, so the caller must not see it. */
  hideUsage: boolean
  /** A model writes text here: where its upstream tells no usage, it can be estimated from the bodies. */
  estimable: boolean
  /** Where the gateway itself broke the request off: why. */
  ownFault(): CallError | null
}

// Full jitter: any time up to the double of the last bound. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
const PAUSE_BASE_MS = 100
const PAUSE_MAX_MS = 1_000

/** A failure that came this fast cost nothing to find out, so it may be found out again. */
const SAME_AGAIN_WITHIN_MS = 1_000

/**
 * Starts forwarding and returns; the call is finished by what happens: an end, a failure, or the caller leaving.
 *
 * Where nothing of an answer has gone out, another way may be gone after a failure (domain/upstream-failure.ts says which
 * helps): so often, and until a deadline, past which no try begins nor waits for the head of its answer.
 */
export function forward(gateway: Gateway, call: Call, exchange: Exchange, forwarding: Forwarding): void {
  const { routing, health } = gateway
  let current = forwarding
  let left = forwarding.others
  let tries = 0
  let startedMs = 0
  let log: AttemptLog | null = null
  let relay: AnswerRelay | null = null
  let pause: NodeJS.Timeout | null = null
  let isPast = false
  const deadline = left.length === 0 ? null : setTimeout(onDeadline, routing.deadlineMs).unref()

  start()
  exchange.onDrain(() => relay?.onDrain())
  exchange.onGone(onGone)
  call.cutBy(cut)

  function start(): void {
    const { route } = current
    pause = null
    startedMs = call.elapsedMs()
    call.note({ upstream: route.upstream.name, resolvedModel: printable(route.model, 256) })
    call.charge(current.asked === null ? null : { gateway, route, asked: current.asked })
    if (tries++ === 0) gateway.open(call.opened())
    else call.note({ upstreamRequestId: null, httpStatus: null })
    log?.began(route, startedMs)
    if (!health.quiet) health.began(route)
    relay = relayAnswer(gateway, call, exchange, current, { mayGoElsewhere, onAnswering, onFailed })
  }

  function mayGoOn(): boolean {
    return forwarding.bodyFor !== null && tries <= routing.extraAttempts && !isPast
  }

  function mayGoElsewhere(): boolean {
    return left.length > 0 && mayGoOn()
  }

  /** The answer is there, and what comes of it now is the caller's. */
  function onAnswering(): void {
    stop()
    if (!health.quiet) health.answered(current.route)
  }

  function onFailed(failed: FailedAttempt): boolean {
    if (call.finished) return true
    const { route } = current
    const { failure, headers, isItsFault } = failed
    const adviceMs = headers === null ? null : retryAfterMs(headers, gateway.clock())
    if (isItsFault && !isAgain(failure)) health.failed(route, failure, adviceMs)
    const next = isItsFault && mayGoElsewhere() ? nextWay(route, failure, left, health) : null
    const again = next === null && isItsFault && mayGoAgain(failure)
    if (next !== null || again || tries > 1 || isIncident(failure)) note(failed)
    if (next === null && !again) {
      stop()
      return false
    }
    relay = null
    if (again) {
      pause = setTimeout(start, pauseMs(tries))
      return true
    }
    if (next !== null) go(next)
    return true
  }

  function go({ first, others }: Ways): void {
    left = others
    const body = forwarding.bodyFor?.(first) ?? null
    current = { ...current, route: first, body, bodyBytes: body?.length ?? null }
    start()
  }

  /** Nothing was sent, and there is nowhere else to go: an upstream that restarts may be back in a moment. */
  function mayGoAgain(failure: FailureClass): boolean {
    if (!REMEDIES[failure].sameAgain || !mayGoOn() || call.elapsedMs() - startedMs > SAME_AGAIN_WITHIN_MS)
      return false
    return health.standing(current.route).kind !== 'silent'
  }

  /** The same way as before, with what it was gone again for: what that says of the upstream has been counted. */
  function isAgain(failure: FailureClass): boolean {
    return REMEDIES[failure].sameAgain && log?.lastRoute() === current.route
  }

  function note(failed: FailedAttempt): void {
    if (log === null) {
      log = createAttemptLog()
      log.began(current.route, startedMs)
      call.noteAttempts(log)
    }
    log.failed(failed, call.elapsedMs())
  }

  function onDeadline(): void {
    isPast = true
    if (pause === null) return relay?.onLate()
    clearTimeout(pause)
    answerWithError(call, exchange, callError('upstream_unreachable'), 'ERROR')
  }

  function onGone(): void {
    stop()
    if (relay !== null) return relay.onGone()
    if (pause !== null) clearTimeout(pause)
    call.finish('CANCELLED')
  }

  /** The caller's key was stopped. False where the answer can no longer be cut. */
  function cut(error: CallError): boolean {
    stop()
    if (relay !== null) return relay.cut(error)
    if (pause !== null) clearTimeout(pause)
    answerWithError(call, exchange, error, 'ERROR')
    return true
  }

  function stop(): void {
    if (deadline !== null) clearTimeout(deadline)
  }
}

function pauseMs(tries: number): number {
  return Math.random() * Math.min(PAUSE_MAX_MS, PAUSE_BASE_MS * 2 ** (tries - 1))
}
