// Which API keys are requested: a filter and a place in their order.
import type { ApiKeyStatus } from './api-key.ts'

/** All parts must hold. An empty list of statuses matches nothing; an absent one, everything. */
export type ApiKeyFilter = {
  status?: ApiKeyStatus[]
  /** Part of the name, the description or the secret's start, in any case; or the key's id, or a whole secret of it. */
  search?: string
  /** One of these numbers. An empty list matches nothing. */
  numbers?: number[]
}

export type ApiKeyPage = {
  /** Absent: all of them. */
  limit?: number
  /** Keys' numbers, both excluded. They need not exist any more. */
  olderThan?: number
  newerThan?: number
  /** Take the page nearest to the oldest end of the remaining keys; it is still returned newest first. */
  oldestFirst?: boolean
}
