// A span of time, as filters and reports take it.
import { badInput } from '../../domain/admin-errors.ts'
import { builder } from '../builder.ts'

export const DateTimeRangeInput = builder.inputType('DateTimeRange', {
  description: 'Half-open: from is included, to is not. An absent bound is open.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'The first instant; absent: from the beginning.' }),
    to: t.field({ type: 'DateTime', description: 'The instant after the last; absent: without end.' }),
  }),
})

type Range = { from?: Date | null; to?: Date | null }

/** The range in milliseconds since the epoch. Throws BAD_USER_INPUT for one that ends before it begins. */
export function rangeMs(
  range: Range | null | undefined,
  param: string,
): { fromMs: number | null; toMs: number | null } {
  const fromMs = range?.from?.getTime() ?? null
  const toMs = range?.to?.getTime() ?? null
  if (fromMs !== null && toMs !== null && fromMs > toMs) {
    throw badInput(param, `${param}.from is after ${param}.to. Swap them.`)
  }
  return { fromMs, toMs }
}

/** Milliseconds since the epoch as a DateTime; null stays null. */
export function instant(ms: number): Date
export function instant(ms: number | null): Date | null
export function instant(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
