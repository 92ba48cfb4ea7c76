// Finds paths of the wire that are written out in source code, with TypeScript's own parser.
import ts from 'typescript'

/**
 * The literals of a source file that are a path of the wire: strings, parts of templates, and regular expressions. A path
 * within a sentence, which people read, is none, nor is the base URL of an upstream.
 *
 * @param paths of the endpoint table, without `/v1/`.
 */
export function wirePathsIn(file: string, text: string, paths: ReadonlySet<string>): string[] {
  const found: string[] = []
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      if (/\\\/v1\b/.test(node.text)) found.push(node.text)
    } else if (ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node)) {
      if (isWirePath(node.text, paths)) found.push(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function isWirePath(text: string, paths: ReadonlySet<string>): boolean {
  if (/\s/.test(text.trim())) return false
  if (/(?:^|['"`])\/v1(?:\/|$)/.test(text)) return true
  // A single word, as `files`, may mean anything; with its slash it is a path.
  return text.startsWith('/') ? paths.has(text.slice(1)) : text.includes('/') && paths.has(text)
}
