// Finds SQL in a source file, with TypeScript's own parser, so that a comment about `DELETE /api/keys` is none.
import ts from 'typescript'
import { readImports } from './read-imports.ts'

/** Words that SQL is written with in this repository, and a column of an aliased table: `l."id"`. */
const SQL_TEXT =
  /\b(?:SELECT|INSERT INTO|DELETE FROM|WHERE|ORDER BY|GROUP BY|UNION ALL|IS NULL|IS NOT NULL)\b|\bUPDATE "|\b[a-z]\."\w+"/
const RAW_QUERY = /\$(?:query|execute)Raw/

/** What in a file outside server/src/store/ is SQL, or gives access to it; one text for each place. */
export function sqlIn(file: string, text: string): string[] {
  const found = readImports(file, text)
    .imports.filter(({ specifier }) => specifier.endsWith('/store/sql.ts'))
    .map(({ specifier }) => `imports ${specifier}`)
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
  const visit = (node: ts.Node): void => {
    if (isText(node) && SQL_TEXT.test(node.text)) found.push(`has the text ${JSON.stringify(node.text)}`)
    if (ts.isIdentifier(node) && RAW_QUERY.test(node.text)) found.push(`calls ${node.text}`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function isText(node: ts.Node): node is ts.LiteralLikeNode {
  return ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)
}
