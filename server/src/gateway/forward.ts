// Forwards a call to its upstream and its answer to the caller.
import type { Readable } from 'node:stream'
import type { CallError } from '../domain/errors.ts'
import { type Call, printable } from './call.ts'
import type { StreamDialect } from './event-stream-meter.ts'
import type { Exchange } from './exchange.ts'
import type { Gateway } from './gateway.ts'
import { relayAnswer } from './relay-answer.ts'
import type { Route } from './routes.ts'

export type Forwarding = {
  route: Route
  body: Buffer | Readable | null
  bodyBytes: number | null
  /** Read usage off the answer. */
  metered: boolean
  /** A success is JSON, or a stream of events that ends as this endpoint's do; null for any kind of answer. */
  answers: StreamDialect | null
  /** The gateway asked for the usage chunk, so the caller must not see it. */
  hideUsage: boolean
  /** A model writes text here: where its upstream tells no usage, it can be estimated from the bodies. */
  estimable: boolean
  /** Where the gateway itself broke the request off: why. */
  ownFault(): CallError | null
}

/** Starts forwarding and returns; the call is finished by what happens: an end, a failure, or the caller leaving. */
export function forward(gateway: Gateway, call: Call, exchange: Exchange, forwarding: Forwarding): void {
  const { upstream, model } = forwarding.route
  call.note({ upstream: upstream.name, resolvedModel: printable(model, 256) })
  gateway.open(call.opened())
  relayAnswer(gateway, call, exchange, forwarding)
}
