// What is written down of one call, as a type: one member for each column of a request log.
import type { Column, Columns, OUTCOMES, USAGE_SOURCES } from './columns.ts'

export { OUTCOMES, USAGE_SOURCES } from './columns.ts'
export type Outcome = (typeof OUTCOMES)[number]
export type UsageSource = (typeof USAGE_SOURCES)[number]

type Values = { ID: string; TEXT: string; BOOLEAN: boolean; INT: number; BIGINT: number; ENUM: never }
type ValueOf<C extends Column> =
  | (C extends { members: readonly (infer Member)[] } ? Member : Values[C['type']])
  | (C extends { nullable: true } ? null : never)
type NamesWith<Part> = {
  [Name in keyof Columns]: Columns[Name] extends Part ? Name : never
}[keyof Columns]

/** The record of one call, as the gateway hands it to the ledger and as the ledger returns it. */
export type CallRecord = { -readonly [Name in keyof Columns]: ValueOf<Columns[Name]> }

/** Tokens of one call. Null: unknown; an explicit 0 stays 0. */
export type Usage = Pick<CallRecord, NamesWith<{ usage: true }>>

/** What may be known of a call when it is admitted; the other members are known at its end. */
export type OpenedCall = Omit<CallRecord, NamesWith<{ known: 'CLOSED' | 'LATER' }>>

/** True for the calls that were admitted, and sent to an upstream: those count as a use of the key. */
export function wasAdmitted(outcome: Outcome): boolean {
  return outcome !== 'DENIED'
}
