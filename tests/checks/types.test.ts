import { expect, test } from 'vitest'
import { runTool } from '../support/run/repository.ts'

test.each(['prisma', 'server', 'sdk', 'tests'])('the types of %s/ hold', async (room) => {
  const { code, output } = await runTool('tsc', ['--noEmit', '--pretty', 'false'], room)
  expect(code, output).toBe(0)
})

test('the types of console/ hold, in components too', async () => {
  // Its build has compiled the messages. To compile them anew would empty their folder while tests of other projects read it.
  const { code, output } = await runTool(process.execPath, ['--run', 'check-compiled'], 'console')
  expect(code, output).toBe(0)
})
