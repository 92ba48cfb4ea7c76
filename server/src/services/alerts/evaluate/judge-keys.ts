// Keys that expire, and addresses that a key was not used from before.
import { thresholdOf } from '../../../domain/alerts/rules/alert-kinds.ts'
import { type Judgement, OPEN_MAX } from '../../../domain/alerts/rules/plan-changes.ts'
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { DAY_MS } from '../../../domain/time.ts'
import {
  readExpiringKeys,
  readKeyAddresses,
  readKeyNames,
  type SeenAddress,
} from '../../../store/queries/alerts/alert-sources.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { type ActiveRule, type AlertRound, keysOf } from './alert-round.ts'

/** Keys that expire within the rule's days. */
export async function judgeExpiring({ plane, nowMs }: AlertRound, rule: ActiveRule): Promise<Judgement> {
  const days = thresholdOf(rule.kind, rule.thresholds, 'withinDays')
  const keys = await readExpiringKeys(plane.store, keysOf(rule.scope), {
    nowMs,
    untilMs: nowMs + days * DAY_MS,
    limit: OPEN_MAX + 1,
  })
  const findings = keys.map(({ id, name, expiresAtMs }) => ({
    target: apiKeyId(id),
    label: name,
    message: `The key expires at ${new Date(expiresAtMs).toISOString().slice(0, 16)}Z.`,
  }))
  return { findings, complete: keys.length <= OPEN_MAX }
}

/** Keys of one round, and addresses of each, that are looked at. */
const KEYS_MAX = 200
const ADDRESSES_MAX = 20_000
/** The most keys of an owner or a label that one rule watches. */
const WATCHED_MAX = 20_000

/** An address that a key was used from for the first time. */
export type NewAddress = SeenAddress & { name: string; keySinceMs: number }

/**
 * Of addresses that were taken from the watch: `learned`, those that are not known yet, and `fresh`, those among them of keys that
 * are known by another address.
 */
export async function findNewAddresses(
  { store }: Pick<ControlPlane, 'store'>,
  taken: readonly { apiKeyId: number; address: string }[],
  nowMs: number,
): Promise<{ fresh: NewAddress[]; learned: SeenAddress[]; all: boolean }> {
  const ids = [...new Set(taken.map(({ apiKeyId: id }) => id))]
  const names = await readKeyNames(store, { apiKeys: ids.slice(0, KEYS_MAX) }, KEYS_MAX)
  const known = Map.groupBy(
    await readKeyAddresses(store, [...names.keys()], ADDRESSES_MAX),
    ({ apiKeyId: id }) => id,
  )
  const fresh: NewAddress[] = []
  const learned: SeenAddress[] = []
  const firstSeen = new Map<number, number>()
  for (const { apiKeyId: id, address } of taken) {
    const name = names.get(id)
    const addresses = known.get(id) ?? []
    if (name === undefined || addresses.some((one) => one.address === address)) continue
    const seen = { apiKeyId: id, address, firstSeenAtMs: nowMs }
    learned.push(seen)
    const keySinceMs = addresses[0]?.firstSeenAtMs ?? firstSeen.get(id)
    if (keySinceMs === undefined) firstSeen.set(id, nowMs)
    else fresh.push({ ...seen, name, keySinceMs })
  }
  return { fresh, learned, all: ids.length <= KEYS_MAX }
}

/** New addresses of the rule's keys, but for those within the days in which a key's first addresses are learned. */
export async function judgeAddresses(
  { plane }: AlertRound,
  fresh: readonly NewAddress[],
  rule: ActiveRule,
): Promise<Judgement> {
  const learnMs = thresholdOf(rule.kind, rule.thresholds, 'learnDays') * DAY_MS
  const late = fresh.filter(
    ({ firstSeenAtMs, keySinceMs }) => learnMs === 0 || firstSeenAtMs - keySinceMs >= learnMs,
  )
  if (late.length === 0) return { findings: [], complete: true }
  const keys = keysOf(rule.scope)
  const watched = keys === 'ALL' ? null : await readKeyNames(plane.store, keys, WATCHED_MAX)
  const findings = late.flatMap(({ apiKeyId: id, address, name }) => {
    if (watched?.has(id) === false) return []
    return [
      {
        target: `${apiKeyId(id)} ${address}`,
        label: name,
        message: `The key was used from ${address} for the first time.`,
      },
    ]
  })
  return { findings, complete: true }
}
