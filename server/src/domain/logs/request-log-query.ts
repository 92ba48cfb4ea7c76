// Which request logs are requested: a filter and a place in their order.
import type { CallRecord } from './call-record.ts'
import { COLUMN_NAMES, type ColumnName, type Columns, columnOf } from './columns.ts'

/** Both ends included. */
export type Between = { gte?: number; lte?: number }

type FilteredBy<By> = {
  [Name in ColumnName]: Columns[Name] extends { filter: { by: By } } ? Name : never
}[ColumnName]
type PartOf<Name extends ColumnName> = Columns[Name] extends { filter: { part: infer Part extends string } }
  ? Part
  : never
type Lists = { [Name in FilteredBy<'LIST'> as PartOf<Name>]?: NonNullable<CallRecord[Name]>[] }
type Ranges = { [Name in FilteredBy<'RANGE'> as PartOf<Name>]?: Between }
type Pairs = { [Name in FilteredBy<'PAIRS'> as PartOf<Name>]?: string[] }
type Values = { [Name in FilteredBy<'VALUE'> as PartOf<Name>]?: CallRecord[Name] }

/**
 * All parts must hold. An empty list matches nothing; an absent one, everything. The columns that may be filtered are those of
 * domain/logs/columns.ts; a log whose value is null matches no list and no range. An IPv4 address also matches its IPv6 form.
 */
export type RequestLogFilter = Lists &
  Ranges &
  Pairs &
  Values & {
    /** Request ids: any of these, which are few. */
    ids?: string[]
    /** Input and output together; calls whose usage is not known are in no range. */
    totalTokens?: Between
    /** Whether the call was metered and its cost is not known. */
    unpriced?: boolean
    /** Part of a column that is searched or of the request id; case does not matter. */
    text?: string
    /** Included; milliseconds since the epoch. */
    fromMs?: number
    /** Not included. */
    toMs?: number
    /** The logs of deleted keys too, until they have been removed. */
    removedToo?: boolean
  }

/** A part of a filter and its column. */
export type FilterPart = { part: keyof Lists; column: FilteredBy<'LIST'>; indexed: boolean }

/** The parts that are lists. */
export const LIST_PARTS = COLUMN_NAMES.flatMap((column) => {
  const { filter } = columnOf(column)
  if (filter?.by !== 'LIST') return []
  return [{ part: filter.part, column, indexed: filter.indexed === true } as FilterPart]
})

/** The parts that are ranges of a column. */
export const RANGE_PARTS = COLUMN_NAMES.flatMap((column) => {
  const { filter } = columnOf(column)
  if (filter?.by !== 'RANGE') return []
  return [{ part: filter.part, column } as { part: keyof Ranges; column: FilteredBy<'RANGE'> }]
})

/** The parts that are pairs. */
export const PAIR_PARTS = COLUMN_NAMES.flatMap((column) => {
  const { filter } = columnOf(column)
  if (filter?.by !== 'PAIRS') return []
  return [{ part: filter.part, column } as { part: keyof Pairs; column: FilteredBy<'PAIRS'> }]
})

/** The columns that a search for text looks into. */
export const SEARCHED_COLUMNS = COLUMN_NAMES.filter(
  (name): name is SearchedColumn => columnOf(name).searched === true,
)
type SearchedColumn = {
  [Name in ColumnName]: Columns[Name] extends { searched: true } ? Name : never
}[ColumnName]

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

/** True where the page is next to its lower bound: with only that bound, or where it is requested. */
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
