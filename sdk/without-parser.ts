// A plugin for Vite and Rolldown. graphql-request parses a document to find its name and kind; the client's documents are
// strings of which the generator says both (`excludeOperationName`), so the parser and the printer, which are most of what
// graphql weighs, stay out of a bundle.

const READER = /[\\/]graphql-request[\\/]build[\\/]legacy[\\/]helpers[\\/]analyzeDocument\.js$/
const REPLACEMENT = '\0latchkey:graphql-without-parser'

/** Replaces what one module of graphql-request imports from graphql by functions that throw: nothing calls them. */
export function withoutParser() {
  return {
    name: 'latchkey:graphql-without-parser',
    enforce: 'pre' as const,
    resolveId(source: string, importer: string | undefined): string | null {
      return source === 'graphql' && importer !== undefined && READER.test(importer) ? REPLACEMENT : null
    },
    load(id: string): string | null {
      if (id !== REPLACEMENT) return null
      return ['parse', 'print']
        .map((name) => `export function ${name}() { throw new Error('${name} is not in this bundle') }`)
        .join('\n')
    },
  }
}
