// What rules about rates and addresses need of every call, counted in memory as calls end. Nothing is counted, and no call is looked
// at, while no rule asks for it.
import type { CallRecord } from '../../../domain/logs/call-record.ts'
import { MINUTE_MS } from '../../../domain/time.ts'
import type { LedgerView } from '../../../ledger/ledger.ts'

export type CallCounts = { calls: number; errors: number; denied: number }

/** Whose calls are counted: all, those of a key, those that ended at an upstream (its name). */
export type CountedGroup = 'ALL' | { apiKey: number } | { upstream: string }

export type CallWatch = {
  /** What to look at from now on. */
  follow(wanted: { rates: boolean; addresses: boolean }): void
  /** The calls of the last whole minutes and the present one. */
  counts(group: CountedGroup, minutes: number): CallCounts
  /** Whether calls have been counted for so long. */
  covers(minutes: number): boolean
  /** The addresses that keys were used from and that were not taken before. */
  takeAddresses(): { apiKeyId: number; address: string }[]
  /** Forgets that addresses were taken, so that they are looked at again. */
  forgetAddresses(): void
  stop(): void
}

// As long as the longest window of a rule, and the minute that has begun.
const MINUTES_KEPT = 61
/** Bound of what one minute counts; calls of more keys count among all alone. */
const GROUPS_MAX = 10_000
/** Bound of the pairs of key and address that are remembered; then all are looked at again. */
const ADDRESSES_MAX = 100_000

type Minute = { all: CallCounts; keys: Map<number, CallCounts>; upstreams: Map<string, CallCounts> }

/** Owns its counters: a minute's are dropped after an hour. */
export function createCallWatch(ledger: Pick<LedgerView, 'onRecord'>, clock: () => number): CallWatch {
  let wanted = { rates: false, addresses: false }
  let unsubscribe: (() => void) | null = null
  let sinceMs: number | null = null
  const minutes = new Map<number, Minute>()
  const known = new Map<number, Set<string>>()
  let knownCount = 0
  let fresh: { apiKeyId: number; address: string }[] = []

  function observe(record: CallRecord): void {
    if (wanted.rates) count(record)
    const { apiKeyId, clientIp } = record
    if (!wanted.addresses || apiKeyId === null || clientIp === null || record.outcome === 'DENIED') return
    if (known.get(apiKeyId)?.has(clientIp) !== true) note(apiKeyId, clientIp)
  }

  function count(record: CallRecord): void {
    const at = Math.floor(clock() / MINUTE_MS)
    const minute = minutes.get(at) ?? begin(at)
    add(minute.all, record)
    if (record.apiKeyId !== null) addTo(minute.keys, record.apiKeyId, record)
    if (record.upstream !== null) addTo(minute.upstreams, record.upstream, record)
  }

  function begin(at: number): Minute {
    for (const old of minutes.keys()) if (old <= at - MINUTES_KEPT || old > at) minutes.delete(old)
    const minute: Minute = { all: none(), keys: new Map(), upstreams: new Map() }
    minutes.set(at, minute)
    return minute
  }

  function note(apiKeyId: number, address: string): void {
    if (knownCount >= ADDRESSES_MAX) forgetAddresses()
    const addresses = known.get(apiKeyId) ?? new Set()
    known.set(apiKeyId, addresses.add(address))
    knownCount += 1
    fresh.push({ apiKeyId, address })
  }

  function forgetAddresses(): void {
    known.clear()
    knownCount = 0
    fresh = []
  }

  return {
    follow(next) {
      if (next.rates && !wanted.rates) sinceMs = clock()
      if (!next.rates) minutes.clear()
      if (!next.addresses) forgetAddresses()
      wanted = next
      if (next.rates || next.addresses) unsubscribe ??= ledger.onRecord(observe)
      else stop()
    },
    counts(group, span) {
      const now = Math.floor(clock() / MINUTE_MS)
      const total = none()
      for (const [at, minute] of minutes) {
        const counts = at > now - span && at <= now ? groupOf(minute, group) : undefined
        if (counts === undefined) continue
        total.calls += counts.calls
        total.errors += counts.errors
        total.denied += counts.denied
      }
      return total
    },
    covers: (span) => sinceMs !== null && clock() - sinceMs >= span * MINUTE_MS,
    takeAddresses() {
      const taken = fresh
      fresh = []
      return taken
    },
    forgetAddresses,
    stop,
  }

  function stop(): void {
    unsubscribe?.()
    unsubscribe = null
  }
}

function groupOf(minute: Minute, group: CountedGroup): CallCounts | undefined {
  if (group === 'ALL') return minute.all
  return 'apiKey' in group ? minute.keys.get(group.apiKey) : minute.upstreams.get(group.upstream)
}

function addTo<Key>(groups: Map<Key, CallCounts>, key: Key, record: CallRecord): void {
  const known = groups.get(key)
  if (known !== undefined) return add(known, record)
  if (groups.size >= GROUPS_MAX) return
  const counts = none()
  groups.set(key, counts)
  add(counts, record)
}

function add(counts: CallCounts, { outcome, calls }: CallRecord): void {
  const times = calls ?? 1
  counts.calls += times
  if (outcome === 'ERROR') counts.errors += times
  else if (outcome === 'DENIED') counts.denied += times
}

function none(): CallCounts {
  return { calls: 0, errors: 0, denied: 0 }
}
