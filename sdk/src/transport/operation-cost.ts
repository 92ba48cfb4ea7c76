// What the server says of an operation's cost, in `extensions.cost` of its response.
import type { OperationCost } from './options.ts'

/** The cost; undefined where a response has none, or in another form. */
export function readCost(extensions: unknown): Omit<OperationCost, 'operation'> | undefined {
  const cost = member(extensions, 'cost')
  const complexity = shareOf(member(cost, 'complexity'))
  const depth = shareOf(member(cost, 'depth'))
  const breadth = shareOf(member(cost, 'breadth'))
  if (complexity === undefined || depth === undefined || breadth === undefined) return undefined
  return { complexity, depth, breadth }
}

function shareOf(value: unknown): { used: number; limit: number } | undefined {
  const used = member(value, 'used')
  const limit = member(value, 'limit')
  return typeof used === 'number' && typeof limit === 'number' ? { used, limit } : undefined
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
