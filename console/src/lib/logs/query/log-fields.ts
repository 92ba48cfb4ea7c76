// The fields by which request logs are filtered: in the query bar, in the facets and in the URL, all by the same names.
import type { RequestLogFacetField } from '@latchkey/sdk'

type Values = {
  kind: 'values'
  /** The server counts its values, from which patterns and completions come. */
  facet?: RequestLogFacetField
  /** The only values there are. */
  words?: readonly string[]
  /** A call has many at once, and those that are named have to be there together. */
  all?: true
}
type Numbers = { kind: 'numbers'; unit: 'usd' | 'count' | 'duration' | 'status'; examples: readonly string[] }
export type Field = Values | Numbers

/** In the order in which they are offered. The parameter `q` holds the text. */
const logFields = {
  key: { kind: 'values', facet: 'API_KEY' },
  outcome: { kind: 'values', words: ['success', 'error', 'denied', 'cancelled', 'interrupted'] },
  error: { kind: 'values', facet: 'ERROR_CODE' },
  model: { kind: 'values', facet: 'MODEL' },
  upstream: { kind: 'values', facet: 'UPSTREAM' },
  endpoint: { kind: 'values', facet: 'ENDPOINT' },
  status: { kind: 'numbers', unit: 'status', examples: ['429', '5xx', '>=400'] },
  cost: { kind: 'numbers', unit: 'usd', examples: ['>0.01', '0.001..0.01'] },
  duration: { kind: 'numbers', unit: 'duration', examples: ['>2s', '<500ms'] },
  tokens: { kind: 'numbers', unit: 'count', examples: ['>10k', '<100'] },
  owner: { kind: 'values' },
  label: { kind: 'values', all: true },
  tag: { kind: 'values', all: true },
  ip: { kind: 'values' },
  client_error: { kind: 'values' },
  tier: { kind: 'values' },
  stream: { kind: 'values', words: ['yes', 'no'] },
  unpriced: { kind: 'values', words: ['yes', 'no'] },
  secret: { kind: 'values', words: ['former', 'replaced'] },
} as const satisfies Record<string, Field>

export type FieldName = keyof typeof logFields

export const fieldNames = Object.keys(logFields) as FieldName[]

/** The field's definition, with what only some fields have. */
export function fieldOf(name: FieldName): Field {
  return logFields[name]
}

/** True for the exact name of a field. */
export function isFieldName(text: string): text is FieldName {
  return Object.hasOwn(logFields, text)
}

/** Fields of one value: of two, one would be dropped. */
export function isSingle(name: FieldName): boolean {
  const field = fieldOf(name)
  return field.kind === 'numbers' || name === 'stream' || name === 'unpriced'
}
