// One scenario run twice: with a client of an upstream itself, and with a client of Latchkey in front of another upstream
// of the same kind. What the application sees, what the upstream gets and what Latchkey writes down are compared.
import { expect } from 'vitest'
import {
  OPENAI_UPSTREAM_KEY,
  type OpenAiUpstream,
  startOpenAiUpstream,
} from '../openai-upstream/openai-upstream.ts'
import { plain } from '../run/plain.ts'
import { startLatchkey, type TestLatchkey } from '../server/latchkey.ts'
import { requestLogs } from '../server/request-logs.ts'
import { makeRuledKey } from '../server/ruled-keys.ts'
import { expectWrittenDown, newLogs } from '../server/written-down.ts'
import { asReceived } from './as-received.ts'
import { comparable, type Seen, watchedFetch } from './seen-responses.ts'

/** What an application is configured with, and the upstream that its calls come to in the end. */
export type Side = {
  baseURL: string
  apiKey: string
  /** Every call has to go through it: it watches what comes back. */
  fetch: typeof fetch
  upstream: OpenAiUpstream
}

type Scenario<T> = (side: Side) => Promise<T>

export type Pair = {
  latchkey: TestLatchkey
  direct: Side
  through: Side
  /** Runs a scenario on both sides, checks that the two results are equal, and returns the result. */
  same<T>(scenario: Scenario<T>): Promise<T>
  /** The same for a scenario that throws: returns what it throws. */
  sameFailure(scenario: Scenario<unknown>): Promise<unknown>
  close(): Promise<void>
}

/** Starts both sides, with nothing behind them that another pair could see. */
export async function startPair(): Promise<Pair> {
  const [own, upstream] = [await startOpenAiUpstream(), await startOpenAiUpstream()]
  const latchkey = await startLatchkey({
    env: {
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_UPSTREAM_KEY: OPENAI_UPSTREAM_KEY,
      // The upstream request of a stream whose client disconnects is aborted at once, as it is without Latchkey.
      LATCHKEY_DRAIN_SECONDS: '0',
    },
  })
  // Upstreams of tests have objects that nobody has made.
  const { secret } = await makeRuledKey(latchkey, { sharedObjects: true })
  const ownSeen: Seen[] = []
  const ourSeen: Seen[] = []
  const direct = {
    baseURL: own.baseUrl,
    apiKey: OPENAI_UPSTREAM_KEY,
    fetch: watchedFetch(ownSeen),
    upstream: own,
  }
  const through = {
    baseURL: `${latchkey.url}/v1`,
    apiKey: secret,
    fetch: watchedFetch(ourSeen),
    upstream,
  }

  async function both<T>(scenario: Scenario<T>): Promise<{ value: T } | { thrown: unknown }> {
    const [ownFrom, ourFrom] = [own.exchanges.length, upstream.exchanges.length]
    const before = new Set((await requestLogs(latchkey)).map(({ id }) => id))
    ownSeen.length = 0
    ourSeen.length = 0
    const ownOutcome = await outcomeOf(scenario, direct)
    const ourOutcome = await outcomeOf(scenario, through)
    expect(plain(ourOutcome, through.baseURL)).toEqual(plain(ownOutcome, direct.baseURL))
    expect(ownSeen.length, 'calls of the scenario').toBeGreaterThan(0)
    expect(inAnyOrder(comparable(ourSeen))).toEqual(inAnyOrder(comparable(ownSeen)))
    const exchanges = upstream.exchanges.slice(ourFrom)
    expect(inAnyOrder(await Promise.all(exchanges.map(asReceived)))).toEqual(
      inAnyOrder(await Promise.all(own.exchanges.slice(ownFrom).map(asReceived))),
    )
    const logs = await newLogs(latchkey, before, ourSeen.length)
    for (const exchange of exchanges) await expectWrittenDown(exchange, logs, ourSeen, 'thrown' in ourOutcome)
    return ownOutcome
  }

  return {
    latchkey,
    direct,
    through,
    async same(scenario) {
      const outcome = await both(scenario)
      if ('thrown' in outcome) throw outcome.thrown
      return outcome.value
    },
    async sameFailure(scenario) {
      const outcome = await both(scenario)
      if ('value' in outcome) throw new Error(`threw nothing, but returned ${JSON.stringify(outcome.value)}`)
      return outcome.thrown
    },
    async close() {
      await latchkey.close()
      await upstream.close()
      await own.close()
    },
  }
}

async function outcomeOf<T>(scenario: Scenario<T>, side: Side): Promise<{ value: T } | { thrown: unknown }> {
  try {
    return { value: await scenario(side) }
  } catch (thrown) {
    return { thrown }
  }
}

/** Calls made side by side may come in any order. */
export function inAnyOrder<T>(entries: T[]): T[] {
  return entries.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
