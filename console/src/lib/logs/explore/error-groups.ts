// The errors and denials of a question by code, and each code by endpoint; with how many there are besides those that are shown.
import type { Latchkey, RequestLogFilter } from '@latchkey/sdk'

type Facets = Latchkey['logs']['facets']
type Counted = { value: string; label: string; count: number }

type ErrorGroup = {
  code: string
  count: number
  /** Most calls first, at most `valuesMax`. */
  endpoints: readonly Counted[]
}
export type ErrorGroups = {
  groups: readonly ErrorGroup[]
  /** How many codes there are with those that have no group here; `valuesMax` means that there may be more. */
  codes: number
  /** Some of it was counted in the newest calls alone. */
  partial: boolean
}

/** The most values that the server counts at once. */
export const valuesMax = 50

/**
 * The `shown` commonest codes, most calls first. The endpoints of each are a question of their own to the server, so that few codes are
 * shown unless somebody asks for more. Rejects where the server does.
 */
export async function errorGroups(
  facets: Facets,
  filter: RequestLogFilter,
  shown: number,
  signal: AbortSignal,
): Promise<ErrorGroups> {
  const codes = await facets({ field: 'ERROR_CODE', filter, first: valuesMax }, { signal })
  const counted = await Promise.all(
    codes.values.slice(0, shown).map(async ({ value, count }) => {
      const within = { ...filter, errorCode: [value] }
      const endpoints = await facets({ field: 'ENDPOINT', filter: within, first: valuesMax }, { signal })
      return { code: value, count, endpoints: endpoints.values, partial: endpoints.partial }
    }),
  )
  return {
    groups: counted.map(({ code, count, endpoints }) => ({ code, count, endpoints })),
    codes: codes.values.length,
    partial: codes.partial || counted.some(({ partial }) => partial),
  }
}
