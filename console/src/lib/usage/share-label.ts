// What a value of a breakdown or a series is called: the server has English words for what is none.
import type { UsageShare } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

/** The label; of calls without a value, and of deleted keys together, in the reader's language. */
export function shareLabel({ key, label }: Pick<UsageShare, 'key' | 'label'>): string {
  if (key === null) return m.spend_no_value()
  return key === 'deleted' ? m.spend_deleted() : label
}
