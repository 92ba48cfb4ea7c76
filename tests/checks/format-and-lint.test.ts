import { expect, test } from 'vitest'
import { runTool } from '../support/run/repository.ts'

test('every file is formatted and free of lint findings (`pnpm format` repairs most)', async () => {
  const { code, output } = await runTool('biome', [
    'check',
    '--max-diagnostics=100',
    '--error-on-warnings',
    '.',
  ])
  expect(code, output).toBe(0)
})
