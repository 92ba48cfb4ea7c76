// The rollups of the calls that are an owner's, have labels or have tags: what whoever pays asks for.
//
// | kind                      | bucket   | apiKeyId                   | value                       |
// |---------------------------|----------|----------------------------|-----------------------------|
// | OWNER_HOUR, OWNER_DAY     | hour/day | 0                          | the owner's number          |
// | LABEL_HOUR, LABEL_DAY     | hour/day | 0                          | `env=prod`                  |
// | TAG_HOUR, TAG_DAY         | hour/day | 0                          | `feature=search`, OTHER_TAGS |
// | SHARED_MODEL_HOUR         | hour     | the owner's, the label's   | `owner 5`, or `env=prod`, a space, and the requested model |
// | SHARED_MODEL_PAST         | 0        | the same                   | the same                    |
//
// Owner and labels are those of the key at the time of the call, so that moving, relabelling or deleting a key changes nothing of the
// past. SHARED_MODEL_HOUR holds the calls that were sent to an upstream: shared limits and budgets are counted from it. Of the
// calls of deleted keys there are no request logs, so none of these kinds is rebuilt from the logs.
import type { CallRecord } from '../logs/call-record.ts'
import { tagsIn } from '../logs/tags.ts'
import { DAY_MS, HOUR_MS } from '../time.ts'
import { requestIdTimeMs } from '../uuid.ts'

export const ATTRIBUTED_KINDS = [
  'OWNER_HOUR',
  'OWNER_DAY',
  'LABEL_HOUR',
  'LABEL_DAY',
  'TAG_HOUR',
  'TAG_DAY',
] as const
export type AttributedKind = (typeof ATTRIBUTED_KINDS)[number] | 'SHARED_MODEL_HOUR' | 'SHARED_MODEL_PAST'

type AttributedKey = { kind: AttributedKind; apiKeyId: number; bucket: number; value: string }

/** The tags of a bucket beyond the TAG_VALUES_MAX that came first: anyone with a key can think of another. */
export const OTHER_TAGS = 'other'
export const TAG_VALUES_MAX = 1_000

/** Whom shared limits are of, in rollups: the number in `apiKeyId`, and what the value begins with, up to its space. */
export type Sharer = { number: number; prefix: string }

/** The owner of this number, as what keys share a policy by. */
export function ownerSharer(ownerId: number): Sharer {
  return { number: ownerId, prefix: `owner ${ownerId} ` }
}

/** `label`: `env=prod`. Labels of one number differ in their prefix. */
export function labelSharer(label: string): Sharer {
  // FNV-1a, cut to 31 bits for the column: it stays as it is, since it is stored.
  let number = 0x811c9dc5
  for (let at = 0; at < label.length; at++) number = Math.imul(number ^ label.charCodeAt(at), 0x01000193)
  return { number: number & 0x7fffffff, prefix: `${label} ` }
}

/** Every one of these rollups that a record is in; `model` as the others have it. */
export function attributedRollupsOf(record: CallRecord, model: string): AttributedKey[] {
  const { ownerId, labels, tags, upstream } = record
  const timeMs = requestIdTimeMs(record.id)
  const [hour, day] = [Math.floor(timeMs / HOUR_MS), Math.floor(timeMs / DAY_MS)]
  const keys: AttributedKey[] = []
  const both = (dimension: 'OWNER' | 'LABEL' | 'TAG', value: string) => {
    keys.push({ kind: `${dimension}_HOUR`, apiKeyId: 0, bucket: hour, value })
    keys.push({ kind: `${dimension}_DAY`, apiKeyId: 0, bucket: day, value })
  }
  const sharers: Sharer[] = []
  if (ownerId !== null) {
    both('OWNER', String(ownerId))
    sharers.push(ownerSharer(ownerId))
  }
  for (const label of tagsIn(labels)) {
    both('LABEL', label)
    sharers.push(labelSharer(label))
  }
  for (const tag of tagsIn(tags)) both('TAG', tag)
  if (upstream !== null) {
    for (const { number, prefix } of sharers)
      keys.push({ kind: 'SHARED_MODEL_HOUR', apiKeyId: number, bucket: hour, value: `${prefix}${model}` })
  }
  return keys
}
