// What looks at the messages of a WebSocket before they are sent on: it meters them and, where each is a call, judges them.
import type { Outcome } from '../../domain/logs/call-record.ts'
import type { Call } from '../call/call.ts'
import type { Relaying, SessionEnd } from './relay.ts'
import { createSessionUsage } from './session-usage.ts'
import { ResponsesTurns, type TurnsOptions } from './turns/responses-turns.ts'

export type SessionMeter = Pick<Relaying, 'onRequestMessage' | 'onUpstreamMessage'> & {
  /** The session has ended, and its record has not been written yet. */
  end(outcome: Outcome, error: SessionEnd['error']): void
}

/** One call, whose usage is what the events of its upstream report. */
export function meterSession(call: Call): SessionMeter {
  const usage = createSessionUsage()
  return {
    onRequestMessage: (message) => message,
    onUpstreamMessage(message, isText) {
      if (isText) usage.read(message)
      return message
    },
    end: () => call.noteUsage(usage.sum(), { details: usage.details(), items: null }),
  }
}

/** A connection whose messages are calls of their own. */
export function meterTurns(options: TurnsOptions): SessionMeter {
  const turns = new ResponsesTurns(options)
  return {
    onRequestMessage: (message) => turns.onRequestMessage(message),
    onUpstreamMessage: (message) => turns.onUpstreamMessage(message),
    end: (outcome, error) => turns.end(outcome, error),
  }
}
