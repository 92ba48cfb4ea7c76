// The form of what the gateway's own endpoints respond with.
import { usdOf } from '../../../domain/pricing/money.ts'

/** What is sent as JSON, apart from an error: an upstream's model may have fields of any name. */
export type Body = { body: object }

/** RFC 3339 in UTC; null stays null. */
export function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/** US dollars as a decimal, since a float would not be exact; null stays null. */
export function usd(nanoUsd: number | null): string | null {
  return nanoUsd === null ? null : usdOf(BigInt(nanoUsd))
}

/** The same; null is none. */
export function usdOrZero(nanoUsd: number | null): string {
  return usdOf(BigInt(nanoUsd ?? 0))
}
