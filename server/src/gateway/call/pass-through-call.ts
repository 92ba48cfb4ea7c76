// A pass-through call, to an object that an upstream stores or makes: its body is streamed to the upstream unread, and nothing is
// metered.

import { Transform } from 'node:stream'
import { type CallError, callError } from '../../domain/errors.ts'
import { requestBeforeBody } from '../../domain/policy/judge-call.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules } from '../admission/apply-rules.ts'
import { forward } from '../attempt/forward.ts'
import type { Gateway } from '../gateway.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { candidatesFor } from '../routing/resolve-routes.ts'
import type { Call } from './call.ts'
import { refuse } from './refuse.ts'
import { tooLarge } from './request-limits.ts'

/** Admits the call and forwards it by one route. Rejects only on an internal error. */
export async function startPassThroughCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  key: GovernedKey | null,
): Promise<void> {
  const limit = gateway.limits.uploadBytes
  if ((exchange.bodyBytes ?? 0) > limit) return refuse(call, exchange, tooLarge(limit))
  const candidates = candidatesFor(gateway, null, null)
  if (candidates === null) return refuse(call, exchange, callError('unknown_url'))
  if (key !== null) {
    const refusal = await applyRules(gateway, call, key, requestBeforeBody(exchange, exchange.method))
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  // An admin may have aborted it while the rules were evaluated.
  if (call.finished) return
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  call.capture?.noteRequest(exchange.headers['content-type'], null)
  const source = exchange.bodyStream()
  const counter = source === null ? null : new ByteCounter(call, limit)
  forward(gateway, call, exchange, {
    route: candidates.first,
    // A streamed body can be sent only once, and an object that one upstream stores is not at another.
    others: [],
    repeatable: false,
    bodyFor: () => null,
    bodyWithoutUsageRequest: () => null,
    body: source === null || counter === null ? null : source.pipe(counter),
    bodyBytes: exchange.bodyBytes,
    metered: false,
    units: null,
    responses: null,
    hideUsage: false,
    estimable: false,
    ownFault: () => counter?.fault ?? null,
  })
}

/** Passes every byte on, counts it, and breaks off where there are too many. */
class ByteCounter extends Transform {
  readonly #call: Call
  readonly #maxBytes: number
  #bytes = 0
  /** Why the gateway itself aborted the request body; null: it did not. */
  fault: CallError | null = null

  constructor(call: Call, maxBytes: number) {
    super()
    this.#call = call
    this.#maxBytes = maxBytes
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, data?: Buffer) => void) {
    this.#call.countRequestBytes(chunk.length)
    this.#bytes += chunk.length
    if (this.#bytes <= this.#maxBytes) return done(null, chunk)
    this.fault = tooLarge(this.#maxBytes)
    done(new Error(this.fault.code))
  }
}
