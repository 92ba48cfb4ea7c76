// Parameters in the query of an endpoint that the gateway serves itself; an error names the parameter and its bounds.
import { type CallError, callError } from '../../../domain/errors.ts'
import { printable } from '../../../domain/logs/printable-text.ts'

/** The parameters of a query, each given once and none that is not known. `query` with its question mark, or empty. */
export function readParameters(query: string, known: readonly string[]): Map<string, string> | CallError {
  const found = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name))
      return invalid(
        printable(name, 100),
        `Unknown parameter: '${printable(name, 100)}'. This endpoint takes ${known.join(', ')}.`,
      )
    if (found.has(name)) return invalid(name, `Send ${name} once.`)
    found.set(name, value)
  }
  return found
}

/** A whole number within bounds, in decimal digits. */
export function readWhole<Absent>(
  parameters: Map<string, string>,
  name: string,
  { min, max, absent }: { min: number; max: number; absent: Absent },
): number | Absent | CallError {
  const text = parameters.get(name)
  if (text === undefined) return absent
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  return invalid(name, `Invalid ${name}: it must be a whole number from ${min} to ${max}.`)
}

/** The 400 of a parameter. `message` holds no more of what was sent than is printable. */
export function invalid(param: string, message: string): CallError {
  return callError('invalid_request', { param, message })
}
