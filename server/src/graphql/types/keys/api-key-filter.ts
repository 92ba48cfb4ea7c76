// Which API keys are listed, and in which order.
import { badInput } from '../../../domain/admin-errors.ts'
import { apiKeyId, apiKeyNumber } from '../../../domain/keys/api-key-id.ts'
import {
  API_KEY_SORTS,
  type ApiKeyFilter,
  type ApiKeyPlace,
  type ApiKeySort,
  type ApiKeySortField,
} from '../../../domain/keys/api-key-query.ts'
import { ownerNumber } from '../../../domain/owners/owner.ts'
import type { ControlPlane } from '../../../services/control-plane.ts'
import { keysWithFindings } from '../../../services/findings/find-findings.ts'
import { keysOverBudget } from '../../../services/keys/budgets/key-budgets.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { DateTimeRangeInput, rangeMs } from '../date-time-range.ts'
import { FindingCodeEnum } from '../findings/finding-enums.ts'
import { LabelInput } from '../labels/label.ts'
import { ApiKeyStatusEnum } from './api-key.ts'

const TEXT_MAX = 200
const LIST_MAX = 500
const LABELS_MAX = 16
const CURSOR_MAX = 1_000

export const ApiKeyFilterInput = builder.inputType('ApiKeyFilter', {
  description: 'Which keys to list. All parts must hold.',
  fields: (t) => ({
    status: t.field({
      type: [ApiKeyStatusEnum],
      description: 'One of these statuses. Absent: any; an empty list matches nothing.',
    }),
    finding: t.field({
      type: [FindingCodeEnum],
      description: 'One of these findings, which is not dismissed. Absent: any keys.',
    }),
    search: t.string({
      description:
        "Part of the name, the description or the secret's first characters, also as `sk-77ea5adb…`; case does not matter. Or the key's id; or a whole secret, the current or the former one, which is compared by its hash.",
    }),
    name: t.string({ description: 'The whole name, letter case included.' }),
    externalId: t.stringList({ description: 'One of these external ids; at most 500.' }),
    ownerId: t.idList({ description: 'Of one of these owners; at most 500.' }),
    budgetUsedAtLeast: t.int({
      description: 'It has used at least this percent of any budget of its own that is enforced: 1 to 1000.',
    }),
    labels: t.field({ type: [LabelInput], description: 'It has all of these labels; at most 16.' }),
    createdAt: t.field({ type: DateTimeRangeInput, description: 'When it was created.' }),
    lastUsedAt: t.field({
      type: DateTimeRangeInput,
      description: 'When it was last used. A key that never was is in no range.',
    }),
    expiresAt: t.field({
      type: DateTimeRangeInput,
      description: 'When it expires, or did. A key that never does is in no range.',
    }),
  }),
})

const ORDERS: Record<ApiKeySortField, string> = {
  CREATED_AT: 'By their creation.',
  NAME: 'By name, by code points: capital letters come first.',
  LAST_USED_AT: 'By their last use; those that were never used are the least.',
  EXPIRES_AT: 'By when they expire; those that never do are the greatest.',
  SPEND: 'By what they have spent this month, in UTC.',
  CALLS: 'By the calls that were admitted with them.',
}

const ApiKeyOrderField = builder.enumType('ApiKeyOrderField', {
  description: 'What keys are ordered by. Equal ones are ordered by their creation.',
  values: describedValues(API_KEY_SORTS, ORDERS),
})

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end comes first.',
  values: describedValues(['ASC', 'DESC'], { ASC: 'The least first.', DESC: 'The greatest first.' }),
})

export const ApiKeyOrderInput = builder.inputType('ApiKeyOrder', {
  description: 'The order of a list of keys.',
  fields: (t) => ({
    field: t.field({ type: ApiKeyOrderField, required: true, description: 'What they are ordered by.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'DESC',
      description: 'Which end comes first.',
    }),
  }),
})

/** What the services take. Throws BAD_USER_INPUT naming the part at fault. */
export async function readApiKeyFilter(
  plane: ControlPlane,
  sent: typeof ApiKeyFilterInput.$inferInput | null | undefined,
): Promise<ApiKeyFilter> {
  const { status, finding, search, name, externalId, ownerId, labels, createdAt, lastUsedAt, expiresAt } =
    sent ?? {}
  const { budgetUsedAtLeast: percent } = sent ?? {}
  if (percent != null && (percent < 1 || percent > 1_000))
    throw badInput('filter.budgetUsedAtLeast', 'filter.budgetUsedAtLeast must be from 1 to 1000.')
  plainText(search, 'filter.search')
  plainText(name, 'filter.name')
  bounded(externalId, LIST_MAX, 'filter.externalId')
  bounded(ownerId, LIST_MAX, 'filter.ownerId')
  bounded(labels, LABELS_MAX, 'filter.labels')
  for (const id of externalId ?? []) plainText(id, 'filter.externalId')
  for (const label of labels ?? []) plainText(`${label.name}${label.value}`, 'filter.labels')
  const filter: ApiKeyFilter = {}
  if (status != null) filter.status = status
  if (search != null) filter.search = search
  if (name != null) filter.name = name
  if (externalId != null) filter.externalIds = externalId
  if (ownerId != null) filter.owners = ownerId.map(ownerOf)
  if (labels != null) filter.labels = labels
  if (createdAt != null) filter.created = rangeMs(createdAt, 'filter.createdAt')
  if (lastUsedAt != null) filter.used = rangeMs(lastUsedAt, 'filter.lastUsedAt')
  if (expiresAt != null) filter.expires = rangeMs(expiresAt, 'filter.expiresAt')
  if (finding != null) filter.numbers = await keysWithFindings(plane, finding)
  if (percent != null) {
    const over = new Set(await keysOverBudget(plane, percent))
    filter.numbers = filter.numbers?.filter((number) => over.has(number)) ?? [...over]
  }
  return filter
}

/** The order that was asked for; newest first where none was. */
export function readOrder(sent: typeof ApiKeyOrderInput.$inferInput | null | undefined): ApiKeySort {
  return { by: sent?.field ?? 'CREATED_AT', descending: sent?.direction !== 'ASC' }
}

/** By the creation a cursor is the key's id; in every other order it says the value, too. */
export function cursorAt({ by }: ApiKeySort, { value, number }: ApiKeyPlace): string {
  if (value === null) return apiKeyId(number)
  return Buffer.from(JSON.stringify([by, value, number])).toString('base64url')
}

/** Null for a cursor from elsewhere, or of another order. */
export function placeOf({ by }: ApiKeySort, cursor: string): ApiKeyPlace | null {
  if (by === 'CREATED_AT') {
    const number = apiKeyNumber(cursor)
    return number === null ? null : { value: null, number }
  }
  if (cursor.length > CURSOR_MAX) return null
  const [field, value, number] = parsed(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (field !== by || typeof number !== 'number' || apiKeyNumber(`key_${number}`) === null) return null
  const isText = by === 'NAME'
  if (isText && typeof value === 'string' && !value.includes('\u0000')) return { value, number }
  return !isText && Number.isSafeInteger(value) ? { value: Number(value), number } : null
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function plainText(text: string | null | undefined, param: string): void {
  if (text && (text.length > TEXT_MAX || !text.isWellFormed() || /\p{Cc}/u.test(text)))
    throw badInput(param, `${param} must be plain text of at most ${TEXT_MAX} characters.`)
}

function bounded(list: readonly unknown[] | null | undefined, max: number, param: string): void {
  if (list != null && list.length > max) throw badInput(param, `${param} must have at most ${max} items.`)
}

function ownerOf(id: string): number {
  const number = ownerNumber(id)
  if (number === null)
    throw badInput('filter.ownerId', 'filter.ownerId must have ids of owners, like own_12.')
  return number
}
