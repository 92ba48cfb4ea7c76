// Which API keys are requested: a filter and a place in their order.
import type { ApiKeyStatus } from './api-key.ts'

/** All parts must hold. An empty list of statuses matches nothing; an absent one, everything. */
export type ApiKeyFilter = {
  status?: ApiKeyStatus[]
  /** Part of the name, the description or the secret's start, in any case; or the key's id, or a whole secret of it. */
  search?: string
  /** One of these numbers. An empty list matches nothing. */
  numbers?: number[]
  /** The whole name, letter case included. */
  name?: string
  /** One of these. An empty list matches nothing. */
  externalIds?: string[]
  /** Of one of these owners, by their numbers. An empty list matches nothing. */
  owners?: number[]
  /** It has all of these. */
  labels?: { name: string; value: string }[]
  created?: InstantRange
  /** A key that was never used is in no range. */
  used?: InstantRange
  /** A key that never expires is in no range. */
  expires?: InstantRange
}

/** Milliseconds since the epoch; `fromMs` is in it, `toMs` is not. Null: open. */
export type InstantRange = { fromMs: number | null; toMs: number | null }

/** SPEND: of this month, in UTC. CALLS: admitted ones, ever. */
export const API_KEY_SORTS = ['CREATED_AT', 'NAME', 'LAST_USED_AT', 'EXPIRES_AT', 'SPEND', 'CALLS'] as const
export type ApiKeySortField = (typeof API_KEY_SORTS)[number]
export type ApiKeySort = { by: ApiKeySortField; descending: boolean }

/** Where a key stands in an order: by what it is sorted by, and among equals by its number. Null: sorted by the number alone. */
export type ApiKeyPlace = { value: string | number | null; number: number }

export type ApiKeyPage = {
  /** Absent: all of them. */
  limit?: number
  /** Keys' numbers, both excluded. They need not exist any more. */
  olderThan?: number
  newerThan?: number
  /** Take the page nearest to the oldest end of the remaining keys; it is still returned newest first. */
  oldestFirst?: boolean
}
