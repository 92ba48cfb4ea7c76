// Every event in every state of an attempt: which state follows, and what happens at its boundaries.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { callError } from '../../domain/errors.ts'
import type { Usage } from '../../domain/logs/call-record.ts'
import type { UpstreamListener } from '../../http/client/upstream-client.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { Call } from '../call/call.ts'
import { createContentMemory } from '../capture/content-memory.ts'
import { StreamKeeper } from '../metering/estimate/stream-keeper.ts'
import { Attempt } from './attempt.ts'
import type { AttemptParts } from './attempt-parts.ts'
import type { AttemptState } from './attempt-state.ts'

const BODY = Buffer.from('{"model":"m","messages":[]}')
const REQUEST = {
  route: {
    upstream: { name: 'u', baseUrl: 'http://u.test/v1', credential: null, models: ['*'] },
    model: 'm',
  },
  body: BODY,
  bodyBytes: BODY.length,
}
const WORD = Buffer.from('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
const LAST = Buffer.from('data: [DONE]\n\n')
const DRAIN_MS = 60_000
const ERROR_BODY_MS = 2_000

type Options = {
  /** Another candidate remains. */
  mayFailOver?: boolean
  /** A failure is followed by another attempt. */
  failsOver?: boolean
  /** The usage is estimated where the upstream reports none. */
  estimable?: boolean
}

/** An attempt at a stream of chat completions, with everything that it touches in the hands of the test. */
function begin({ mayFailOver = false, failsOver = false, estimable = false }: Options = {}) {
  const effects: string[] = []
  const estimate = Promise.withResolvers<Usage | null>()
  const writes: (() => void)[] = []
  let listener: UpstreamListener | null = null
  let aborted = false
  const parts = {
    client: {
      send(_request: unknown, to: UpstreamListener) {
        listener = to
        return {
          resume: () => void effects.push('resume upstream'),
          abort() {
            if (!aborted) effects.push('abort upstream')
            aborted = true
          },
        }
      },
    },
    estimator: { keep: () => new StreamKeeper(createContentMemory()), estimate: () => estimate.promise },
    drainMs: DRAIN_MS,
    clientIdleMs: 10 * DRAIN_MS,
  } as unknown as AttemptParts
  const exchange = {
    method: 'POST',
    path: '/v1/chat/completions',
    query: '',
    headers: {},
    clientIp: null,
    sendHead: (status: number) => void effects.push(`send head ${status}`),
    sendChunk(chunk: Buffer) {
      effects.push(`send ${textOf(chunk)}`)
      return true
    },
    end: (last?: Buffer) => void effects.push(last === undefined ? 'end' : `end with ${textOf(last)}`),
    abort: (last?: Buffer) =>
      void effects.push(last === undefined ? 'abort client' : 'abort client with error'),
  } as unknown as Exchange
  const call = new Call(exchange, (record, written) => {
    effects.push(`record ${record.outcome}`)
    if (written !== undefined) writes.push(written)
  })
  const attempt = new Attempt(
    parts,
    call,
    exchange,
    {
      ...REQUEST,
      others: [],
      repeatable: true,
      requestFor: (route) => ({ route, body: BODY, bodyBytes: BODY.length }),
      bodyWithoutUsageRequest: () => null,
      metered: true,
      units: null,
      responses: 'chat',
      hideUsage: false,
      estimable,
      binder: null,
      ownFault: () => null,
    },
    REQUEST,
    {
      mayFailOver,
      onCommitted: () => void effects.push('commit'),
      onFailed({ failure }) {
        effects.push(`fail ${failure}`)
        return failsOver
      },
      onBroken: () => undefined,
    },
  )
  if (listener === null) throw new Error('nothing was sent')
  return { attempt, upstream: listener as UpstreamListener, call, effects, estimate, writes }
}

type Machine = ReturnType<typeof begin>

function textOf(chunk: Buffer): string {
  if (chunk === WORD) return 'event'
  if (chunk === LAST) return 'last event'
  return 'body'
}

const head = ({ upstream }: Machine, status = 200, type = 'text/event-stream') =>
  upstream.onHead(status, { 'content-type': type })

function after(options: Options, ...events: ((machine: Machine) => unknown)[]): () => Machine {
  return () => {
    const machine = begin(options)
    for (const event of events) event(machine)
    machine.effects.length = 0
    return machine
  }
}

const word = ({ upstream }: Machine) => upstream.onChunk(WORD)
const last = ({ upstream }: Machine) => upstream.onChunk(LAST)
const end = ({ upstream }: Machine) => upstream.onEnd()
const disconnect = ({ attempt }: Machine) => attempt.onDisconnect()
const recorded = ({ writes }: Machine) => writes.shift()?.()

/** How each state is reached. `holding error` is holding with the head of an error. */
const STATES: Record<string, { state: AttemptState; reach: () => Machine }> = {
  'awaiting-head': { state: 'awaiting-head', reach: after({}) },
  holding: { state: 'holding', reach: after({ mayFailOver: true }, head) },
  'holding error': {
    state: 'holding',
    reach: after({ mayFailOver: true }, (machine) => head(machine, 500, 'application/json')),
  },
  streaming: { state: 'streaming', reach: after({}, head, word) },
  recording: { state: 'recording', reach: after({}, head, word, last) },
  'recording-ended': { state: 'recording-ended', reach: after({}, head, word, last, end) },
  'recording-error': {
    state: 'recording-error',
    reach: after({}, head, word, ({ upstream }) => upstream.onFailure('interrupted', true)),
  },
  'recording-disconnected': {
    state: 'recording-disconnected',
    reach: after({ estimable: true }, head, word, last, disconnect),
  },
  trailing: { state: 'trailing', reach: after({}, head, word, last, recorded) },
  draining: { state: 'draining', reach: after({}, head, word, disconnect) },
  superseded: {
    state: 'superseded',
    reach: after({ failsOver: true }, ({ upstream }) => upstream.onFailure('unreachable', false)),
  },
  done: { state: 'done', reach: after({}, head, word, last, end, recorded) },
}

const EVENTS: Record<string, (machine: Machine) => unknown> = {
  head,
  bytes: word,
  'last event': last,
  end,
  'transport error': ({ upstream }) => upstream.onFailure('interrupted', true),
  deadline: ({ attempt }) => attempt.onDeadline(),
  'error body late': () => vi.advanceTimersByTime(ERROR_BODY_MS),
  disconnect,
  'drain timeout': () => vi.advanceTimersByTime(DRAIN_MS),
  abort: ({ attempt }) => attempt.abort(callError('api_key_revoked')),
  async estimated({ estimate }) {
    estimate.resolve(null)
    await estimate.promise
  },
  recorded,
}

/** The state that follows and what happens; an event that is not here is ignored: neither changes. */
const EXPECTED: Record<string, Record<string, string>> = {
  'awaiting-head': {
    head: 'streaming, commit, send head 200',
    'transport error': 'done, fail RESET, record ERROR',
    deadline: 'done, abort upstream, fail TIMEOUT, record ERROR',
    disconnect: 'done, abort upstream, record CANCELLED',
    abort: 'done, abort upstream, record ERROR',
  },
  holding: {
    bytes: 'streaming, commit, send head 200, send event',
    'last event': 'recording, commit, record SUCCESS',
    end: 'done, commit, record ERROR',
    'transport error': 'done, fail INTERRUPTED, record ERROR',
    disconnect: 'draining, resume upstream',
    abort: 'done, abort upstream, record ERROR',
  },
  'holding error': {
    end: 'recording-ended, fail SERVER_ERROR, record ERROR',
    'transport error': 'done, fail SERVER_ERROR, record ERROR',
    'error body late': 'streaming, fail SERVER_ERROR',
    disconnect: 'done, abort upstream, record CANCELLED',
    'drain timeout': 'streaming, fail SERVER_ERROR',
    abort: 'done, abort upstream, record ERROR',
  },
  streaming: {
    bytes: 'streaming, send event',
    'last event': 'recording, record SUCCESS',
    end: 'recording-error, record ERROR',
    'transport error': 'recording-error, record ERROR',
    disconnect: 'draining, resume upstream',
    abort: 'recording-error, abort upstream, record ERROR',
  },
  recording: {
    end: 'recording-ended',
    'transport error': 'recording-ended',
    disconnect: 'recording-disconnected, abort upstream',
    recorded: 'trailing, send body, resume upstream',
  },
  'recording-ended': {
    disconnect: 'recording-disconnected, abort upstream',
    recorded: 'done, end with body',
  },
  'recording-error': {
    disconnect: 'recording-error, abort upstream',
    recorded: 'done, abort client with error',
  },
  'recording-disconnected': {
    estimated: 'done, record CANCELLED',
  },
  trailing: {
    bytes: 'trailing, send event',
    'last event': 'trailing, send body',
    end: 'done, end',
    'transport error': 'done, end',
    disconnect: 'done, abort upstream',
  },
  draining: {
    end: 'done, abort upstream, record CANCELLED',
    'transport error': 'done, abort upstream, record CANCELLED',
    'drain timeout': 'done, abort upstream, record CANCELLED',
    abort: 'done, abort upstream, record CANCELLED',
  },
  superseded: {},
  done: {},
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe.for(Object.entries(STATES))('in %s,', ([from, { state, reach }]) => {
  test('which is reached,', () => {
    expect(reach().attempt.state).toBe(state)
  })

  test.for(Object.entries(EVENTS))('%s', async ([event, happen]) => {
    const machine = reach()
    await happen(machine)
    expect([machine.attempt.state, ...machine.effects].join(', ')).toBe(EXPECTED[from]?.[event] ?? state)
  })
})

const ERROR = Buffer.from('data: {"error":{"code":"server_error","message":"overloaded"}}\n\n')

test.for([
  ['a head that refuses the credential', (machine: Machine) => head(machine, 401), 'CREDENTIAL_REFUSED'],
  ['a redirect', ({ upstream }: Machine) => upstream.onHead(302, { location: '/' }), 'INVALID_ANSWER'],
  ['no byte sent', ({ upstream }: Machine) => upstream.onFailure('unreachable', false), 'CONNECT'],
  ['an error in the first event', ({ upstream }: Machine) => upstream.onChunk(ERROR), 'SERVER_ERROR'],
] as const)('%s fails over, or is the client’s', ([, happen, failure]) => {
  for (const failsOver of [true, false]) {
    const machine = begin({ mayFailOver: true, failsOver })
    if (failure === 'SERVER_ERROR') head(machine)
    happen(machine)
    expect(machine.effects).toContain(`fail ${failure}`)
    if (failsOver) expect(machine.attempt.state).toBe('superseded')
    else expect(machine.attempt.state).toBe(failure === 'SERVER_ERROR' ? 'streaming' : 'done')
  }
})
