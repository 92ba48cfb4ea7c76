// The GraphQL engine, with its limits; it sees requests that handler.ts has let through.

import { type ExecutionArgs, GraphQLError, NoSchemaIntrospectionCustomRule, parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { AdminError } from '../domain/admin-errors.ts'
import type { GraphqlContext } from './context.ts'
import { faultBehind, forResponse, isPublic, publicError } from './errors.ts'
import { nextTurn } from './in-turns.ts'
import { schema } from './schema.ts'
import { variableErrors } from './variable-errors.ts'

// The console's largest operation has some 300; a document is read whole before its cost is known.
const TOKENS_MAX = 2_000

export function createAdminYoga() {
  return createYoga<GraphqlContext>({
    schema,
    graphqlEndpoint: '/graphql',
    cors: false,
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    parserAndValidationCache: { documentCache: textCache(), errorCache: textCache() },
    // What a stream's events say has been finished before it gets here.
    maskedErrors: { maskError: (error) => (isPublic(error) ? error : publicError(error)) },
    plugins: [takeTurns, limitTokens, hideSchemaFromStrangers, checkVariables, finishErrors],
  })
}

/**
 * Parsed documents by their text, and errors of parsing by theirs. Bound: two million characters, none longer than a
 * large operation, since anybody may send a megabyte of anything. Never stale: text alone decides the value.
 */
function textCache<Value extends object>(): LRUCache<string, Value> {
  return new LRUCache({
    maxSize: 2_000_000,
    maxEntrySize: 32_768,
    sizeCalculation: (_value, text) => text.length + 1,
  })
}

// Reading, checking, executing and writing out would otherwise be one turn of the event loop: of the first large operation,
// whose code has not been compiled yet, some 20 ms that calls wait for.
const takeTurns: Plugin<GraphqlContext, GraphqlContext> = {
  onParams: nextTurn,
  onContextBuilding: nextTurn,
  onResultProcess: nextTurn,
}

const limitTokens: Plugin<GraphqlContext, GraphqlContext> = {
  onParse: ({ setParseFn }) => setParseFn((source) => parse(source, { maxTokens: TOKENS_MAX })),
}

const hideSchemaFromStrangers: Plugin<GraphqlContext, GraphqlContext> = {
  onValidate: ({ context, addValidationRule }) => {
    // The engine caches validations by the names of their rules, so that a client who is not signed in never gets an admin's.
    if (context.actor === null) addValidationRule(NoSchemaIntrospectionCustomRule)
  },
}

// Before execution, which would report the same faults with the values in them.
const checkVariables: Plugin<GraphqlContext, GraphqlContext> = {
  onExecute: ({ args, setResultAndStopExecution }) => {
    const errors = faultsOf(args)
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const errors = faultsOf(args)
    if (errors.length > 0) setResultAndStopExecution({ errors })
  },
}

function faultsOf({ document, operationName, variableValues }: ExecutionArgs): GraphQLError[] {
  return variableErrors(schema, document, operationName, variableValues ?? {})
}

const INTROSPECTION_REFUSED = /^GraphQL introspection has been disabled/

const finishErrors: Plugin<GraphqlContext, GraphqlContext> = {
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

/** An error as it is sent, with the request's id. The cause of an INTERNAL one is reported. */
function finished(error: GraphQLError, { actor, client, plane }: GraphqlContext): GraphQLError {
  const known = INTROSPECTION_REFUSED.test(error.message) ? new AdminError('UNAUTHENTICATED') : error
  // Errors of parsing and validation have not been through the mask.
  const reported = isPublic(known) ? known : publicError(known)
  const fault = faultBehind(reported)
  if (fault !== undefined) plane.onFault?.(fault, client.requestId)
  return forResponse(reported, client.requestId, actor === null)
}
