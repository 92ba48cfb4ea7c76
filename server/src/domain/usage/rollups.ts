// Which rollups a request log belongs to, and the rollups of many request logs.
import { WIRE_ROOT } from '../endpoints/endpoints.ts'
import type { CallRecord } from '../logs/call-record.ts'
import { DAY_MS, HOUR_MS } from '../time.ts'
import { requestIdTimeMs } from '../uuid.ts'
import { attributedRollupsOf, OTHER_TAGS } from './attributed-rollups.ts'
import {
  addRecord,
  DELETED_KEYS,
  emptyRollup,
  mergeRollup,
  type Rollup,
  type RollupKey,
  rollupKeyText,
  SHARED_DIMENSIONS,
  type SharedKind,
  type UsageDimension,
} from './rollup.ts'

/** The rollups of many records. */
export class Rollups {
  readonly #rollups = new Map<string, KeyedRollup>()
  readonly #alike = new Map<string, Alike>()
  // Of the last record: the next one is likely to be alike, and comparing it is faster than making a map's key.
  #last: Shared | null = null

  add(record: CallRecord): void {
    const { hour } = bucketsOf(record)
    const model = modelOf(record)
    addRecord(this.#sharedTotal(hour, model, record), record)
    if (record.apiKeyId !== null) this.addToKey(record)
    if (record.ownerId !== null || record.labels !== null || record.tags !== null) this.#attribute(record)
  }

  #attribute(record: CallRecord): void {
    const { upstream, ownerId, labels, tags } = record
    const model = modelOf(record)
    const { hour } = bucketsOf(record)
    const likeness = `attributed\0${hour}\0${model}\0${upstream === null}\0${ownerId}\0${labels}\0${tags}`
    addRecord(
      this.#totalOf(likeness, () => attributedRollupsOf(record, model), record),
      record,
    )
  }

  /** The tags that are in these rollups, by hour or day. */
  tagValues(): Map<TagBucket, Set<string>> {
    const values = new Map<string, Set<string>>()
    for (const { key } of this.entries()) {
      if (key.kind !== 'TAG_HOUR' && key.kind !== 'TAG_DAY') continue
      const place = `${key.kind} ${key.bucket}` as const
      values.set(place, (values.get(place) ?? new Set()).add(key.value))
    }
    return values as Map<TagBucket, Set<string>>
  }

  /** Puts tags of a bucket that are not among `kept` under OTHER_TAGS. */
  foldTags(kind: 'TAG_HOUR' | 'TAG_DAY', bucket: number, kept: ReadonlySet<string>): void {
    for (const { key, rollup } of [...this.entries()]) {
      if (key.kind !== kind || key.bucket !== bucket || kept.has(key.value) || key.value === OTHER_TAGS)
        continue
      this.#rollups.delete(rollupKeyText(key))
      this.merge({ ...key, value: OTHER_TAGS }, rollup)
    }
  }

  /** Adds a record to the rollups of its key alone. */
  addToKey(record: CallRecord): void {
    const { hour } = bucketsOf(record)
    addRecord(this.#totalOf(`${record.apiKeyId}\0${hour}\0${modelOf(record)}`, keyRollupsOf, record), record)
  }

  /** Adds a record whose key is deleted to the rollups of deleted keys. */
  addDeleted(record: CallRecord): void {
    const { hour } = bucketsOf(record)
    const { upstream, outcome, endpoint } = record
    const likeness = `${hour}\0${modelOf(record)}\0${upstream ?? ''}\0${outcome}\0${endpoint}`
    addRecord(this.#totalOf(`deleted\0${likeness}`, deletedRollupsOf, record), record)
  }

  /** Carries over an hour that expires, of a key or of those that share limits, to the kind of all past ones, where budgets count anything of it. */
  carryOver({ kind, apiKeyId, value }: RollupKey, rollup: Rollup): void {
    const past = kind === 'SHARED_MODEL_HOUR' ? 'SHARED_MODEL_PAST' : 'KEY_MODEL_PAST'
    if (rollup.costNanoUsd + rollup.reservedNanoUsd > 0)
      this.merge({ kind: past, apiKeyId, bucket: 0, value }, rollup)
  }

  /** Adds to one rollup, as days are made of hours. */
  merge(key: RollupKey, rollup: Rollup): void {
    const text = rollupKeyText(key)
    const known = this.#rollups.get(text)
    if (known === undefined) this.#rollups.set(text, { key, rollup: copyOf(rollup), shared: false })
    else addTo(known, rollup)
  }

  /** Every rollup with its key. They must not be changed: those of the same records may be one object. */
  entries(): Iterable<{ key: RollupKey; rollup: Rollup }> {
    // Each record was added to two subtotals; here those become the twelve rollups that they belong to.
    for (const { keys, sum } of this.#alike.values()) for (const key of keys) this.#share(key, sum)
    this.#alike.clear()
    this.#last = null
    return this.#rollups.values()
  }

  /** Where each call is of another key, most subtotals hold one call: copying each three times would cost more than adding the record. */
  #share(key: RollupKey, rollup: Rollup): void {
    const text = rollupKeyText(key)
    const known = this.#rollups.get(text)
    if (known === undefined) this.#rollups.set(text, { key, rollup, shared: true })
    else addTo(known, rollup)
  }

  #sharedTotal(hour: number, model: string, record: CallRecord): Rollup {
    const { upstream, outcome, endpoint } = record
    const last = this.#last
    if (
      last !== null &&
      last.hour === hour &&
      last.model === model &&
      last.upstream === upstream &&
      last.outcome === outcome &&
      last.endpoint === endpoint
    )
      return last.sum
    // No text in a database has a NUL.
    const likeness = `${hour}\0${model}\0${upstream ?? ''}\0${outcome}\0${endpoint}`
    const sum = this.#totalOf(likeness, sharedRollupsOf, record)
    this.#last = { hour, model, upstream, outcome, endpoint, sum }
    return sum
  }

  #totalOf(likeness: string, keysOf: (record: CallRecord) => RollupKey[], record: CallRecord): Rollup {
    const known = this.#alike.get(likeness)
    if (known !== undefined) return known.sum
    const made = { keys: keysOf(record), sum: emptyRollup() }
    this.#alike.set(likeness, made)
    return made.sum
  }
}

/** Every rollup that a record is in, but for those of deleted keys. */
export function rollupKeysOf(record: CallRecord): RollupKey[] {
  return [
    ...sharedRollupsOf(record),
    ...keyRollupsOf(record),
    ...attributedRollupsOf(record, modelOf(record)),
  ]
}

function addTo(known: KeyedRollup, rollup: Rollup): void {
  if (known.shared) {
    known.rollup = copyOf(known.rollup)
    known.shared = false
  }
  mergeRollup(known.rollup, rollup)
}

function copyOf(rollup: Rollup): Rollup {
  return { ...rollup, durations: new Map(rollup.durations), firstTokens: new Map(rollup.firstTokens) }
}

/** A kind and a bucket of it. */
export type TagBucket = `${'TAG_HOUR' | 'TAG_DAY'} ${number}`

type SharedRollupKey = RollupKey & { kind: SharedKind }

/** The 9 rollups of a record that calls of many keys share. */
function sharedRollupsOf(record: CallRecord): SharedRollupKey[] {
  const { hour, day } = bucketsOf(record)
  const values: Record<Exclude<UsageDimension, 'KEY'>, string> = {
    MODEL: modelOf(record),
    UPSTREAM: record.upstream ?? '',
    ENDPOINT: foldEndpoint(record.endpoint),
    OUTCOME: record.outcome,
  }
  const rollups: SharedRollupKey[] = [{ kind: 'TOTAL_HOUR', apiKeyId: 0, bucket: hour, value: '' }]
  for (const dimension of SHARED_DIMENSIONS) {
    rollups.push({ kind: `${dimension}_HOUR`, apiKeyId: 0, bucket: hour, value: values[dimension] })
    rollups.push({ kind: `${dimension}_DAY`, apiKeyId: 0, bucket: day, value: values[dimension] })
  }
  return rollups
}

/** The 11 rollups that a record of a deleted key is in, beside those that it shares and stays in. */
function deletedRollupsOf(record: CallRecord): RollupKey[] {
  const { hour, day } = bucketsOf(record)
  return [
    { kind: 'KEY_HOUR', apiKeyId: 0, bucket: hour, value: DELETED_KEYS },
    { kind: 'KEY_DAY', apiKeyId: 0, bucket: day, value: DELETED_KEYS },
    ...sharedRollupsOf(record).map((key) => ({ ...key, kind: `DELETED_${key.kind}` as const })),
  ]
}

/** The 3 rollups of the record's key alone. */
function keyRollupsOf(record: CallRecord): RollupKey[] {
  const { apiKeyId } = record
  if (apiKeyId === null) return []
  const { hour, day } = bucketsOf(record)
  return [
    { kind: 'KEY_HOUR', apiKeyId: 0, bucket: hour, value: String(apiKeyId) },
    { kind: 'KEY_DAY', apiKeyId: 0, bucket: day, value: String(apiKeyId) },
    { kind: 'KEY_MODEL_HOUR', apiKeyId, bucket: hour, value: modelOf(record) },
  ]
}

function bucketsOf(record: CallRecord): { hour: number; day: number } {
  const timeMs = requestIdTimeMs(record.id)
  return { hour: Math.floor(timeMs / HOUR_MS), day: Math.floor(timeMs / DAY_MS) }
}

/** A name that no upstream knows must not make a rollup of its own: anyone with a key can think of another. */
function modelOf(record: CallRecord): string {
  return record.errorCode === 'model_not_found' ? '' : (record.requestedModel ?? '')
}

/**
 * An endpoint without what is particular to one call: `/v1/files/file-abc` is `/v1/files/*`. Anyone can ask for any
 * path, so paths of more than two parts, and any that is not plain words, must not each make a rollup of its own.
 */
export function foldEndpoint(endpoint: string): string {
  const parts = endpoint.split('/').slice(2)
  const words = parts
    .slice(0, 2)
    .map((part, at) => (/^[a-z_]{1,24}$/.test(part) ? part : at === 0 ? 'other' : '*'))
  return `${WIRE_ROOT}/${words.join('/')}${parts.length > 2 ? '/*' : ''}`
}

/** The sum of records that belong to the same rollups. */
type Alike = { keys: RollupKey[]; sum: Rollup }

/** What sharedRollupsOf makes keys of, and the sum of its records. */
type Shared = Pick<CallRecord, 'upstream' | 'outcome' | 'endpoint'> & {
  hour: number
  model: string
  sum: Rollup
}

/** `shared`: the same object is the rollup of other keys too, and is copied before anything is added to it. */
type KeyedRollup = { key: RollupKey; rollup: Rollup; shared: boolean }
