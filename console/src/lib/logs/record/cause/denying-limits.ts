// The limits by label that may have denied a call, as they are now.
import type { LabelLimit, RequestLog } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'

/** Of the label of a denial, those that are switched on; of any other denial none, and none where the reader may not see them. */
export async function denyingLimits(
  { denial }: Pick<RequestLog, 'denial'>,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<readonly LabelLimit[]> {
  if (denial?.of !== 'LABEL' || denial.name === null || !scopes.includes('owners:read')) return []
  const at = denial.name.indexOf('=')
  const label = { name: denial.name.slice(0, at), value: denial.name.slice(at + 1) }
  const { items } = await latchkey.labelLimits.list({ label, first: 20 }, { signal })
  return items.filter(({ enabled }) => enabled)
}
