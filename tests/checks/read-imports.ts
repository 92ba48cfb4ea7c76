// Reads what a source file imports, and whether it reads the environment, with TypeScript's own parser.
import ts from 'typescript'

/** `typeOnly` imports vanish when the file runs. */
export type Import = { specifier: string; typeOnly: boolean }

export type Reading = { imports: Import[]; readsEnvironment: boolean }

/**
 * Reads a .ts file, or the script blocks of a .svelte file. Static, dynamic, type and re-exporting imports all
 * count, and so do `require` and `new URL('./worker.ts', import.meta.url)`.
 */
export function readImports(file: string, text: string): Reading {
  const reading: Reading = { imports: [], readsEnvironment: false }
  for (const script of file.endsWith('.svelte') ? scriptBlocks(text) : [text]) {
    const source = ts.createSourceFile(file, script, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
    ts.forEachChild(source, (node) => visit(node, reading))
  }
  return reading
}

/** The code of each script block of a component. */
export function scriptBlocks(text: string): string[] {
  return [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script ?? '')
}

function visit(node: ts.Node, reading: Reading): void {
  const found = importOf(node)
  if (found) reading.imports.push(found)
  if (readsEnvironment(node)) reading.readsEnvironment = true
  ts.forEachChild(node, (child) => visit(child, reading))
}

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node))
    // `import { type A }` is no type-only import: with verbatimModuleSyntax, `import {}` of it stays.
    return imported(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
  if (ts.isExportDeclaration(node)) return imported(node.moduleSpecifier, node.isTypeOnly)
  if (ts.isExternalModuleReference(node)) return imported(node.expression, false)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return imported(node.argument.literal, true)
  if (ts.isCallExpression(node) && isImportOrRequire(node.expression))
    return imported(node.arguments[0], false)
  if (ts.isNewExpression(node) && isName(node.expression, 'URL') && node.arguments?.length === 2)
    return relative(imported(node.arguments[0], false))
  return undefined
}

function imported(specifier: ts.Node | undefined, typeOnly: boolean): Import | undefined {
  const isText = specifier !== undefined && ts.isStringLiteralLike(specifier)
  return isText ? { specifier: specifier.text, typeOnly } : undefined
}

// A worker's file; any other URL with a base, such as a request's, is no import.
function relative(found: Import | undefined): Import | undefined {
  return found && /^\.\.?\/.*\.ts$/.test(found.specifier) ? found : undefined
}

function isImportOrRequire(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.ImportKeyword || isName(node, 'require')
}

function isName(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name
}

function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression)
  if (ts.isElementAccessExpression(node))
    return (
      ts.isStringLiteralLike(node.argumentExpression) &&
      node.argumentExpression.text === 'env' &&
      isProcess(node.expression)
    )
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name))
    return (
      node.initializer !== undefined &&
      isProcess(node.initializer) &&
      node.name.elements.some(bindsEnvironment)
    )
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const bindings = node.importClause?.namedBindings
    return (
      /^(node:)?process$/.test(node.moduleSpecifier.text) &&
      bindings !== undefined &&
      ts.isNamedImports(bindings) &&
      bindings.elements.some((element) => (element.propertyName ?? element.name).text === 'env')
    )
  }
  return false
}

function isProcess(node: ts.Node): boolean {
  return isName(node, 'process') || (ts.isPropertyAccessExpression(node) && node.name.text === 'process')
}

function bindsEnvironment(element: ts.BindingElement): boolean {
  return isName(element.propertyName ?? element.name, 'env')
}
