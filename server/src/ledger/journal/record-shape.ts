// What a record must be for both databases to take it. A line with any other record is quarantined when it is read: a database
// would refuse the whole batch, each time it is tried, and every line behind it would wait for ever.
import type { CallRecord, OpenedCall } from '../../domain/logs/call-record.ts'
import { isEndOfCall, isOpenedCall, type Members, membersOf } from './generated/record-from-json.ts'

/** The open call in the JSON of a line, members that it leaves out being null; null where no database would take it. */
export function openedCall(value: object): OpenedCall | null {
  const members = membersOf(value as Partial<Members>)
  return isOpenedCall(members) ? (members as OpenedCall) : null
}

/** The same of a closed call. */
export function closedCall(value: object): CallRecord | null {
  const members = membersOf(value as Partial<Members>)
  return isOpenedCall(members) && isEndOfCall(members) ? (members as CallRecord) : null
}
