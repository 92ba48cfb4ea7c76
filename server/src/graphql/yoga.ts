// The GraphQL engine, with its limits; it sees requests that handler.ts has let through.

import { NoSchemaIntrospectionCustomRule, parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { AdminError } from '../domain/admin-errors.ts'
import type { GraphqlContext } from './context.ts'
import { faultBehind, forAnswer, isPublic, publicError } from './errors.ts'
import { schema } from './schema.ts'

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
    maskedErrors: { maskError: (error) => publicError(error) },
    plugins: [limitTokens, hideSchemaFromStrangers, finishErrors],
  })
}

/**
 * Parsed documents by their text, and errors of parsing by theirs. Bound: two million characters, none longer than a
 * large operation, since strangers may send a megabyte of anything. Never stale: text alone decides the value.
 */
function textCache<Value extends object>(): LRUCache<string, Value> {
  return new LRUCache({
    maxSize: 2_000_000,
    maxEntrySize: 32_768,
    sizeCalculation: (_value, text) => text.length + 1,
  })
}

const limitTokens: Plugin<GraphqlContext, GraphqlContext> = {
  onParse: ({ setParseFn }) => setParseFn((source) => parse(source, { maxTokens: TOKENS_MAX })),
}

const hideSchemaFromStrangers: Plugin<GraphqlContext, GraphqlContext> = {
  onValidate: ({ context, addValidationRule }) => {
    // The engine caches validations by the names of their rules, so that a stranger never gets an admin's.
    if (context.actor === null) addValidationRule(NoSchemaIntrospectionCustomRule)
  },
}

const INTROSPECTION_REFUSED = /^GraphQL introspection has been disabled/

const finishErrors: Plugin<GraphqlContext, GraphqlContext> = {
  onResultProcess: ({ result, setResult, serverContext }) => {
    if (Array.isArray(result) || !('errors' in result) || !result.errors) return
    const { actor, caller, plane } = serverContext
    const errors = result.errors.map((error) => {
      const known = INTROSPECTION_REFUSED.test(error.message) ? new AdminError('UNAUTHENTICATED') : error
      // Errors of parsing and validation have not been through the mask.
      const told = isPublic(known) ? known : publicError(known)
      const fault = faultBehind(told)
      if (fault !== undefined) plane.onFault?.(fault, caller.requestId)
      return forAnswer(told, caller.requestId, actor === null)
    })
    setResult({ ...result, errors })
  },
}
