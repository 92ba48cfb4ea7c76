import { expect, test } from 'vitest'
import { repositoryFiles, repositoryText, runTool } from '../support/run/repository.ts'

test.each([
  [
    'the code for each column of a request log is made from the table of columns',
    'server/generate-columns.ts',
    'server/src/*/generated/*',
  ],
  ['sdk/schema.graphql is what the server serves', 'server/print-schema.ts', 'sdk/schema.graphql'],
  ['sdk/src/generated is made from schema.graphql and operations/', 'sdk/generate.ts', 'sdk/src/generated'],
])('%s (otherwise: pnpm generate)', async (_, script, target) => {
  const before = textsOf(target)
  const { code, output } = await runTool(process.execPath, [script, '--check'])
  expect(code, output).toBe(0)
  // A check that repairs what it looks at finds nothing, ever.
  expect(textsOf(target)).toEqual(before)
})

function textsOf(target: string): string[][] {
  return repositoryFiles(target).map((file) => [file, repositoryText(file)])
}
