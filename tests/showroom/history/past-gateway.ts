// What a call of the past is judged with: the gateway's own parts, at the instant of the history.
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import type { Admission } from '@latchkey/server/gateway/admission/admission.ts'
import type { KeyDirectory } from '@latchkey/server/gateway/identity/key-directory.ts'
import type { PriceBook } from '@latchkey/server/gateway/pricing/price-book.ts'
import type { Routes } from '@latchkey/server/gateway/routing/route-table.ts'
import type { Chance } from '../cast/chance.ts'

export type PastGateway = {
  keys: KeyDirectory
  admission: Admission
  routes: Routes
  prices: PriceBook
  chance: Chance
  endMs: number
  /** Of the history, which has come to this call. */
  clock(): number
  /** As the ledger has it: what is known of a call when it is admitted. Returns how its lines begin. */
  open(record: CallRecord): string
}
