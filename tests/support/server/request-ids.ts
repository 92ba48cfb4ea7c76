// Request ids of calls of another day.
import { randomBytes } from 'node:crypto'
import { firstIdAt, requestIdFromBytes } from '@latchkey/server/domain/uuid.ts'

/** The id of a call that began at this instant. */
export function requestIdAt(at: number | string): string {
  const bytes = firstIdAt(typeof at === 'string' ? Date.parse(at) : at)
  bytes.set(randomBytes(10), 6)
  return requestIdFromBytes(bytes)
}
