// What the ledger holds of the calls that a test made.
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { findRequestLog, findRequestLogs } from '@latchkey/server/ledger/logs/request-logs.ts'
import { vi } from 'vitest'
import type { TestLatchkey } from './latchkey.ts'

/** Every request log, newest first, once all that was recorded so far has been written. */
export async function requestLogs({ app }: TestLatchkey): Promise<CallRecord[]> {
  await app.ledger.settled()
  return findRequestLogs(app.store, {}, { limit: 1_000 })
}

/** The request log with this id, once it is there: a session is recorded when it ends, which no response shows. */
export function logInTime({ app }: TestLatchkey, id: string): Promise<CallRecord> {
  return vi.waitFor(
    async () => {
      await app.ledger.settled()
      const log = await findRequestLog(app.store, id)
      if (log === null) throw new Error(`there is no request log ${id}`)
      return log
    },
    { timeout: 20_000, interval: 50 },
  )
}

/** The request log of a response, by its `x-request-id`. Throws where there is none: every call has one. */
export async function logOf({ app }: TestLatchkey, response: Response): Promise<CallRecord> {
  await app.ledger.settled()
  const id = response.headers.get('x-request-id') ?? ''
  const log = await findRequestLog(app.store, id)
  if (log === null) throw new Error(`there is no request log ${id}`)
  return log
}
