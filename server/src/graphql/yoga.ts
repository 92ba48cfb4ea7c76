// The GraphQL engines, with their limits; they see requests that handler.ts has let through.

import { type ExecutionArgs, GraphQLError, getOperationAST, parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { forgetFindings } from '../services/findings/find-findings.ts'
import type { GraphqlContext } from './context.ts'
import { costError, operationCost } from './document/operation-cost.ts'
import { operationError } from './document/operation-error.ts'
import { parseOfStranger } from './document/stranger-operations.ts'
import { faultBehind, forResponse, isPublic, publicError } from './errors.ts'
import { nextTurn } from './in-turns.ts'
import { schema } from './schema.ts'
import { variableErrors } from './variable-errors.ts'

// The console's largest operation has some 300; a document is read whole before its cost is known.
const TOKENS_MAX = 2_000

/** The engine for admins and admin tokens. */
export function createAdminYoga() {
  return createEngine([limitTokens, checkCost(true), forgetFindingsAfterChanges], 2_000_000)
}

/**
 * The engine for clients that are not identified, which may send the operations of signing in. Its caches are its own: what it
 * keeps of a text, an error too, is never given to an admin, and does not evict an admin's.
 */
export function createStrangerYoga() {
  return createEngine([parseForStrangers, checkCost(false)], 100_000)
}

type EnginePlugin = Plugin<GraphqlContext, GraphqlContext>

function createEngine(own: EnginePlugin[], cachedCharacters: number) {
  return createYoga<GraphqlContext>({
    schema,
    graphqlEndpoint: '/graphql',
    cors: false,
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    parserAndValidationCache: {
      documentCache: textCache(cachedCharacters),
      errorCache: textCache(cachedCharacters),
    },
    // What a stream's events say has been finished before it gets here.
    maskedErrors: { maskError: (error) => (isPublic(error) ? error : publicError(error)) },
    plugins: [takeTurns, checkVariables, ...own, finishErrors],
  })
}

/**
 * Parsed documents by their text, and errors of parsing by theirs. Bound: `maxCharacters` in all, none longer than a
 * large operation. Never stale: text alone decides the value.
 */
function textCache<Value extends object>(maxCharacters: number): LRUCache<string, Value> {
  return new LRUCache({
    maxSize: maxCharacters,
    maxEntrySize: 32_768,
    sizeCalculation: (_value, text) => text.length + 1,
  })
}

// Reading, checking, executing and writing out would otherwise be one turn of the event loop: of the first large operation,
// whose code has not been compiled yet, some 20 ms that calls wait for.
const takeTurns: EnginePlugin = {
  onParams: nextTurn,
  onContextBuilding: nextTurn,
  onResultProcess: nextTurn,
}

const limitTokens: EnginePlugin = {
  onParse: ({ setParseFn }) => setParseFn((source) => parse(source, { maxTokens: TOKENS_MAX })),
}

const parseForStrangers: EnginePlugin = {
  onParse: ({ setParseFn }) => setParseFn(parseOfStranger),
}

// Before execution, which would report the same faults with the values in them.
const checkVariables: EnginePlugin = {
  onExecute: ({ args, setResultAndStopExecution }) => {
    const errors = faultsOf(args)
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const errors = faultsOf(args)
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
}

/** Refuses what costs too much before any of it runs; `reported`: each result says what its operation costs. */
function checkCost(reported: boolean): EnginePlugin {
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const cost = operationCost(args)
      if (cost === null) return
      const extensions = reported ? { extensions: { cost } } : {}
      const error = costError(cost)
      if (error !== null) return setResultAndStopExecution({ errors: [error], ...extensions })
      if (!reported) return
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result) return
          setResult({ ...result, extensions: { ...result.extensions, cost } })
        },
      }
    },
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const cost = operationCost(args)
      const error = cost === null ? null : costError(cost)
      if (error !== null) setResultAndStopExecution({ errors: [error] })
    },
  }
}

// Whoever has mended what a finding is about looks at the findings next.
const forgetFindingsAfterChanges: EnginePlugin = {
  onExecute: ({ args }) => {
    if (getOperationAST(args.document, args.operationName)?.operation !== 'mutation') return
    return { onExecuteDone: () => forgetFindings(args.contextValue.plane) }
  },
}

function faultsOf({ document, operationName, variableValues }: ExecutionArgs): GraphQLError[] {
  return variableErrors(schema, document, operationName, variableValues ?? {})
}

const finishErrors: EnginePlugin = {
  onResultProcess: ({ result, setResult, serverContext }) => {
    if (Array.isArray(result) || !('errors' in result) || !result.errors) return
    setResult({ ...result, errors: result.errors.map((error) => finished(error, serverContext)) })
  },
  // The events of a stream are results of their own.
  onSubscribe: ({ args: { contextValue } }) => ({
    onSubscribeResult: () => ({
      onNext: ({ result, setResult }) => {
        if (!('errors' in result) || !result.errors) return
        setResult({ ...result, errors: result.errors.map((error) => finished(error, contextValue)) })
      },
    }),
    onSubscribeError: ({ error, setError }) => {
      setError(finished(error instanceof GraphQLError ? error : publicError(error), contextValue))
    },
  }),
}

// What the engine says where the document has no operation to run.
const NO_OPERATION = 'Could not determine what operation to execute.'

/** An error as it is sent, with the request's id. The cause of an INTERNAL one is reported. */
function finished(error: GraphQLError, { actor, client, plane, sent }: GraphqlContext): GraphQLError {
  if (error.message === NO_OPERATION)
    return forResponse(operationError(sent), client.requestId, actor === null)
  // Errors of parsing and validation have not been through the mask.
  const reported = isPublic(error) ? error : publicError(error)
  const fault = faultBehind(reported)
  if (fault !== undefined) plane.onFault?.(fault, client.requestId)
  return forResponse(reported, client.requestId, actor === null)
}
