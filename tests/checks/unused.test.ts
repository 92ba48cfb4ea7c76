import { expect, test } from 'vitest'
import { runTool } from '../support/run/repository.ts'

test('no file, export or dependency is left over, and none is missing from a package.json', async () => {
  const { code, output } = await runTool('knip', ['--no-progress'])
  expect(code, output).toBe(0)
})
