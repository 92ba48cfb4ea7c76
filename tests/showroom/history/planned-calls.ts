// The calls of an hour: which keys make them, when, and what they ask for. By day and by week they are as those of an office.
import { DAY_MS, HOUR_MS } from '@latchkey/server/domain/time.ts'
import type { Chance } from '../cast/chance.ts'
import type { Rhythm } from '../cast/planned-key.ts'
import { MODELS, type PlannedModel } from '../cast/upstreams.ts'
import { activityOf, type SeededKey } from './seeded-keys.ts'

export type PlannedCall = {
  atMs: number
  /** Null: of somebody without a key. */
  key: SeededKey | null
  /** It sends the secret before the last rotation. */
  sendsFormer: boolean
  path: string
  model: PlannedModel
  streamed: boolean
  address: string
  userAgent: string
  tags: string | null
  inputTokens: number
  cachedInputTokens: number
  outputTokens: number
  reasoningTokens: number
  images: number | null
  /** The share of the response after which its client disconnects; null: it stays. */
  disconnectsAfter: number | null
}

/** The share of the traffic in each hour of a working day, UTC. */
const OFFICE_HOURS = [
  2, 1, 1, 1, 1, 2, 5, 12, 26, 34, 38, 36, 30, 36, 40, 39, 33, 22, 13, 9, 7, 5, 4, 3,
] as const
const ALWAYS_HOURS = [
  14, 13, 12, 12, 12, 13, 15, 18, 22, 24, 25, 25, 24, 25, 26, 26, 25, 23, 22, 21, 20, 18, 16, 15,
] as const
const NIGHT_HOURS = [40, 60, 60, 50, 30, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 6, 20] as const
const HOURS: Record<Rhythm, readonly number[]> = {
  OFFICE: OFFICE_HOURS,
  ALWAYS: ALWAYS_HOURS,
  NIGHT: NIGHT_HOURS,
  BURST: OFFICE_HOURS,
}
const BURST_CALLS = 14

/** How much is going on in an hour for one rhythm; 1 is the mean of a week. */
function activityInHour(rhythm: Rhythm, hourMs: number): number {
  const date = new Date(hourMs)
  const hours = HOURS[rhythm]
  const mean = hours.reduce((sum, share) => sum + share, 0) / 24
  const isWeekend = date.getUTCDay() % 6 === 0
  const week = isWeekend ? (rhythm === 'OFFICE' || rhythm === 'BURST' ? 0.12 : 0.75) : 1.2
  return ((hours[date.getUTCHours()] ?? 0) / mean) * week
}

/** Traffic doubles in ninety days, and has a busy week. */
function growthAt(hourMs: number, endMs: number): number {
  const daysBeforeEnd = (endMs - hourMs) / DAY_MS
  const campaign = daysBeforeEnd > 18 && daysBeforeEnd < 24 ? 1.5 : 1
  return campaign * (1.35 - 0.7 * (daysBeforeEnd / 90))
}

/** The weight of an hour among all, with chance of its own. */
export function weightOfHour(hourMs: number, endMs: number, chance: Chance): number {
  const activity = (activityInHour('OFFICE', hourMs) + activityInHour('ALWAYS', hourMs)) / 2
  return growthAt(hourMs, endMs) * activity * chance.around(1, 0.12)
}

/** `count` calls of the hour that begins at `hourMs`, oldest first; none after `endMs`. */
export function callsOfHour(
  keys: readonly SeededKey[],
  count: number,
  hourMs: number,
  endMs: number,
  chance: Chance,
): PlannedCall[] {
  const shares = keys
    .map(
      (key) =>
        [
          key,
          activityOf(key, hourMs, endMs) * trend(key, hourMs, endMs) * activityInHour(key.rhythm, hourMs),
        ] as const,
    )
    .filter(([, share]) => share > 0)
  if (shares.length === 0) return []
  const calls: PlannedCall[] = []
  const lengthMs = Math.min(HOUR_MS, endMs - hourMs)
  while (calls.length < count) {
    const key = chance.pickWeighted(shares)
    const atMs = hourMs + Math.floor(chance.random() * lengthMs)
    const together = key.rhythm === 'BURST' ? Math.min(BURST_CALLS, count - calls.length) : 1
    for (let n = 0; n < together; n++) {
      const later = Math.min(endMs - 1, atMs + n * chance.whole(200, 1_500))
      calls.push(callOf(key, later, chance))
    }
  }
  if (chance.happens(0.2)) calls.push(strangersCall(hourMs + Math.floor(chance.random() * lengthMs), chance))
  return calls.sort((a, b) => a.atMs - b.atMs)
}

/** The agents spend more every week. */
function trend({ name }: SeededKey, hourMs: number, endMs: number): number {
  return name === 'agent-fleet' ? 2 ** (1 - (endMs - hourMs) / (20 * DAY_MS)) : 1
}

function callOf(key: SeededKey, atMs: number, chance: Chance): PlannedCall {
  const name = chance.pickWeighted(key.models)
  const model = MODELS.find((one) => one.name === name)
  if (model === undefined) throw new Error(`${key.name} uses ${name}, which is no model`)
  return {
    ...requestOf(model, key, chance),
    atMs,
    key,
    model,
    sendsFormer: sendsFormer(key, chance),
    address: addressOf(key, chance),
    userAgent: key.userAgent,
    tags: key.features.length === 0 ? null : `feature=${chance.pick(key.features)}`,
  }
}

function sendsFormer({ rotation, formerHash }: SeededKey, chance: Chance): boolean {
  return rotation !== undefined && formerHash !== null && chance.happens(rotation.oldShare)
}

/** Mostly from a few machines; of a key that is for the office alone, at times from elsewhere. */
function addressOf({ name, network }: SeededKey, chance: Chance): string {
  if (name === 'office-only' && chance.happens(0.2)) return `198.51.100.${chance.whole(200, 205)}`
  return `${network}.${chance.happens(0.9) ? chance.whole(10, 13) : chance.whole(20, 120)}`
}

function requestOf({ kind }: PlannedModel, { size }: SeededKey, chance: Chance) {
  const tokens = (median: number, spread: number) =>
    Math.max(1, Math.round(chance.around(median * size, spread)))
  const whole = {
    streamed: false,
    reasoningTokens: 0,
    cachedInputTokens: 0,
    images: null,
    disconnectsAfter: null,
  }
  switch (kind) {
    case 'EMBEDDING':
      return { ...whole, path: '/v1/embeddings', inputTokens: tokens(2_400, 1), outputTokens: 0 }
    case 'IMAGE': {
      const images = chance.whole(1, 3)
      return {
        ...whole,
        path: '/v1/images/generations',
        inputTokens: tokens(60, 0.5),
        outputTokens: images * 1_056,
        images,
      }
    }
    default: {
      const inputTokens = tokens(3_600, 0.9)
      // Long requests have longer responses, but not by as much.
      const written = (median: number) =>
        Math.max(1, Math.round(chance.around(median * Math.sqrt(size), 0.8)))
      const reasoningTokens = kind === 'REASONING' ? written(700) : 0
      const streamed = chance.happens(0.62)
      return {
        ...whole,
        path: chance.happens(kind === 'REASONING' ? 0.45 : 0.12) ? '/v1/responses' : '/v1/chat/completions',
        streamed,
        inputTokens,
        cachedInputTokens: chance.happens(0.4) ? Math.floor((inputTokens * chance.random()) / 128) * 128 : 0,
        reasoningTokens,
        outputTokens: reasoningTokens + written(420),
        disconnectsAfter: streamed && chance.happens(0.022) ? chance.random() : null,
      }
    }
  }
}

/** Somebody without a key looks whether the door is open. */
function strangersCall(atMs: number, chance: Chance): PlannedCall {
  const [model] = MODELS
  if (model === undefined) throw new Error('there are no models')
  return {
    atMs,
    key: null,
    sendsFormer: false,
    path: '/v1/chat/completions',
    model,
    streamed: false,
    address: `203.0.113.${chance.whole(1, 6)}`,
    userAgent: 'python-requests/2.32.5',
    tags: null,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    images: null,
    disconnectsAfter: null,
  }
}
