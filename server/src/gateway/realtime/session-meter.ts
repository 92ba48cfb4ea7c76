// What looks at the messages of a WebSocket before they are sent on: it meters them and, where each is a call, judges them.
import type { CallError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/logs/call-record.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import type { Call } from '../call/call.ts'
import type { KeyWatch } from './key-watch.ts'
import type { Relaying, SessionEnd } from './relay.ts'
import { createSessionUsage } from './session-usage.ts'
import { ResponsesTurns, type TurnsOptions } from './turns/responses-turns.ts'

export type SessionMeter = Pick<Relaying, 'onRequestMessage' | 'onUpstreamMessage' | 'owesUsage'> & {
  /** The session has ended, and its record has not been written yet. */
  end(outcome: Outcome, error: SessionEnd['error']): void
}

/** What ends a session that is metered. */
export type SessionStops = {
  /** Why a message of the client may not be sent on; null: it may. */
  refusalOf(message: Buffer): CallError | null
  /** A limit or a budget of the key is spent. */
  onSpent(verdict: Verdict): void
  /** Whether one is spent cannot be known. */
  onUnknown(): void
  /** The key may make no calls any more, or has sent what it may not. */
  onKeyError(error: CallError): void
}

/**
 * One call, whose usage is what the events of its upstream report. Each of them is charged to the key at once, and no message is
 * sent for a key that may make no calls.
 */
export function meterSession(
  call: Call,
  key: KeyWatch,
  { refusalOf, onSpent, onUnknown, onKeyError }: SessionStops,
): SessionMeter {
  const usage = createSessionUsage()
  const unlessStopped = (message: Buffer, keyError: CallError | null) => {
    const error = keyError ?? refusalOf(message)
    if (error === null) return message
    onKeyError(error)
    return null
  }
  return {
    onRequestMessage(message) {
      const error = key.check()
      return error instanceof Promise
        ? error.then((found) => unlessStopped(message, found))
        : unlessStopped(message, error)
    },
    onUpstreamMessage(message, isText) {
      if (isText && usage.read(message)) {
        const spent = call.chargeSoFar(usage.sum(), usage.reported())
        // Once this message has been sent on.
        if (spent !== null)
          Promise.resolve(spent).then((verdict) => {
            if (verdict !== null) onSpent(verdict)
          }, onUnknown)
      }
      return message
    },
    owesUsage: () => usage.owed(),
    end: () => call.noteUsage(usage.sum(), usage.reported()),
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
