import { expect, test } from 'vitest'
import { startServerProcess } from '../../support/server/server-process.ts'

test('a server that is started with a former name of a setting runs, and warns in its log', async () => {
  const server = await startServerProcess({ LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS: '60' })
  try {
    const warnings = server.output().match(/^\{"level":40,.*$/gm) ?? []
    expect(warnings).toEqual([
      expect.stringMatching(
        /LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS is deprecated.*LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS/,
      ),
    ])
  } finally {
    await server.remove()
  }
})

test('a server that is started with both names, of different values, does not run, and names both', async () => {
  const started = startServerProcess({
    LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS: '60',
    LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS: '61',
  })
  await expect(started).rejects.toThrow(
    /ended with 78[\s\S]*LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS and LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS/,
  )
})
