// Which request logs are asked for: a filter and a place in their order.
import type { FormerSecret } from '../keys/key-rotation.ts'
import type { Outcome } from './call-record.ts'

/** Both ends included. */
export type Between = { gte?: number; lte?: number }

/** All parts must hold. An empty list matches nothing; an absent one, everything. */
export type RequestLogFilter = {
  /** One request id. */
  id?: string
  apiKeyIds?: number[]
  outcomes?: Outcome[]
  /** Requested models, exactly. */
  models?: string[]
  upstreams?: string[]
  errorCodes?: string[]
  endpoints?: string[]
  /** As they are stored; an IPv4 address also in its IPv6 form. */
  clientIps?: string[]
  /** Calls that were made with a key's current secret match none of these. */
  usedSecrets?: FormerSecret[]
  httpStatus?: Between
  durationMs?: Between
  /** Input and output together; calls whose usage is not known are in no range. */
  totalTokens?: Between
  /** Calls whose cost is not known are in no range. */
  costNanoUsd?: Between
  streamed?: boolean
  /** Part of the error text, the error code, the upstream's request id or the request id; case does not matter. */
  text?: string
  /** Included; milliseconds since the epoch. */
  fromMs?: number
  /** Not included. */
  toMs?: number
  /** The logs of deleted keys too, until they have been removed. */
  removedToo?: boolean
}

/** A page of request logs, which are in the order of their ids. */
export type RequestLogPage = {
  /** 1 to 1,000. */
  limit: number
  /** Request ids, both excluded. */
  olderThan?: string
  newerThan?: string
  /** Take the page at the oldest end of the range. It is returned newest first all the same. */
  oldestFirst?: boolean
  /** Rows to skip: slow at depth, for the original product's page numbers alone. */
  offset?: number
}

/** True where the page is next to its lower bound: with only that bound, or where it is asked for. */
export function isAscending(page: RequestLogPage): boolean {
  return page.oldestFirst ?? (page.newerThan !== undefined && page.olderThan === undefined)
}

/** The hex digits by which a text may be part of a request id; null where it cannot be part of one. */
export function requestIdPart(text: string): string | null {
  return /^(?:req_)?([0-9a-f]{1,32})$/.exec(text.toLowerCase())?.[1] ?? null
}

/** An address as it may be stored: a socket for both families writes IPv4 addresses in the IPv6 form (RFC 4291 §2.5.5.2). */
export function addressForms(ip: string): string[] {
  return /^[0-9.]+$/.test(ip) ? [ip, `::ffff:${ip}`] : [ip]
}
