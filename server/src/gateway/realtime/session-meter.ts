// What looks at the messages of a WebSocket before they are sent on: it meters them and, where each is a call, judges them.
import type { Outcome } from '../../domain/logs/call-record.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import type { Call } from '../call/call.ts'
import type { Relaying, SessionEnd } from './relay.ts'
import { createSessionUsage } from './session-usage.ts'
import { ResponsesTurns, type TurnsOptions } from './turns/responses-turns.ts'

export type SessionMeter = Pick<Relaying, 'onRequestMessage' | 'onUpstreamMessage' | 'owesUsage'> & {
  /** The session has ended, and its record has not been written yet. */
  end(outcome: Outcome, error: SessionEnd['error']): void
}

/**
 * One call, whose usage is what the events of its upstream report. Each of them is charged to the key at once; `onSpent` is called
 * where a limit or a budget of the key is spent with it, `onUnknown` where that cannot be known.
 */
export function meterSession(
  call: Call,
  onSpent: (verdict: Verdict) => void,
  onUnknown: () => void,
): SessionMeter {
  const usage = createSessionUsage()
  return {
    onRequestMessage: (message) => message,
    onUpstreamMessage(message, isText) {
      if (isText && usage.read(message)) {
        const spent = call.chargeSoFar(usage.sum(), { details: usage.details(), items: null })
        // Once this message has been sent on.
        if (spent !== null)
          Promise.resolve(spent).then((verdict) => {
            if (verdict !== null) onSpent(verdict)
          }, onUnknown)
      }
      return message
    },
    owesUsage: () => usage.owed(),
    end: () => call.noteUsage(usage.sum(), { details: usage.details(), items: null }),
  }
}

/** A connection whose messages are calls of their own. */
export function meterTurns(options: TurnsOptions): SessionMeter {
  const turns = new ResponsesTurns(options)
  return {
    onRequestMessage: (message) => turns.onRequestMessage(message),
    onUpstreamMessage: (message) => turns.onUpstreamMessage(message),
    owesUsage: () => turns.inProgress,
    end: (outcome, error) => turns.end(outcome, error),
  }
}
