// Searching a text of pairs, `a=b,c=d`, for one of them, alike on both databases.
import type { DatabaseKind } from '../../store.ts'

/** SQL that is true where the text in a column has the pair that the parameter holds; letter case matters. */
export function hasPair(kind: DatabaseKind, column: string, parameter: string): string {
  const position = kind === 'sqlite' ? 'instr' : 'strpos'
  return `${position}(',' || coalesce(${column}, '') || ',', ',' || CAST(${parameter} AS TEXT) || ',') > 0`
}
