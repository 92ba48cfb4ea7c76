// What an operation costs, from its text and variables alone, and whether that is too much.
import { complexityFromQuery } from '@pothos/plugin-complexity'
import { type ExecutionArgs, type GraphQLError, getOperationAST, getVariableValues, Kind } from 'graphql'
import { AdminError } from '../../domain/admin-errors.ts'
import { publicError } from '../errors.ts'

/**
 * What one operation may cost. A page of 100 request logs with every field costs 3,500; the introspection query, which
 * is free, is 15 deep. `breadth` bounds aliases: it counts every selected field.
 */
const LIMITS = { complexity: 10_000, depth: 12, breadth: 500 }

const KINDS = ['depth', 'breadth', 'complexity'] as const

type CostKind = (typeof KINDS)[number]

/** What an operation costs beside what it may cost, as `extensions.cost` says it. */
export type OperationCost = { [kind in CostKind]: { used: number; limit: number } }

/** The cost; null for what will not be executed: a document without such an operation, or variables that do not fit it. */
export function operationCost({
  schema,
  document,
  operationName,
  variableValues: sent,
  contextValue,
}: ExecutionArgs): OperationCost | null {
  const operation = getOperationAST(document, operationName)
  if (!operation) return null
  const variables = sent ?? {}
  if (getVariableValues(schema, operation.variableDefinitions ?? [], variables).errors !== undefined)
    return null
  // It judges the first operation of a document.
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  const judged = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] } as const
  const { complexity, depth, breadth } = complexityFromQuery(judged, {
    schema,
    variables,
    ctx: Object(contextValue),
  })
  return {
    complexity: { used: complexity, limit: LIMITS.complexity },
    depth: { used: depth, limit: LIMITS.depth },
    breadth: { used: breadth, limit: LIMITS.breadth },
  }
}

/** COMPLEXITY_LIMIT, with the first of its costs that is too much; null: none is. */
export function costError(cost: OperationCost): GraphQLError | null {
  for (const kind of KINDS) {
    const { used, limit } = cost[kind]
    if (used <= limit) continue
    const message = `The query's ${kind} is ${used}; at most ${limit} is allowed. Ask for fewer items or fields.`
    return publicError(new AdminError('COMPLEXITY_LIMIT', message))
  }
  return null
}
