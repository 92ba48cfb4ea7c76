// All content together takes no more room than its quota: the newest is kept.
import { randomBytes } from 'node:crypto'
import { ALL_CONTENT_BYTES } from '@latchkey/server/store/queries/call-contents.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentOf } from '../../support/server/call-contents.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { makeRuledKey, type RuledKey } from '../../support/server/ruled-keys.ts'

const CALLS = 16
const WORDS = 150_000

let latchkey: TestLatchkey
let key: RuledKey
beforeAll(async () => {
  latchkey = await startLatchkey({
    env: {
      LATCHKEY_CONTENT_QUOTA_MB: '1',
      LATCHKEY_CONTENT_REDACT: 'none',
      LATCHKEY_CONTENT_MAX_BYTES: String(4 * WORDS),
    },
  })
  key = await makeRuledKey(latchkey, { capture: 'FULL' })
})
afterAll(() => latchkey.close())

test('the oldest content goes, its request logs stay, and the newest can be read', async () => {
  const ids: string[] = []
  for (let n = 0; n < CALLS; n++) {
    const content = randomBytes(WORDS / 2).toString('hex')
    const reply = await chat(latchkey, key.secret, { model: 'echo', messages: [{ role: 'user', content }] })
    await reply.text()
    ids.push(reply.headers.get('x-request-id') ?? '')
  }
  await logInTime(latchkey, ids.at(-1) ?? '')
  await expect
    .poll(async () => Number((await latchkey.app.store[SQL].all(ALL_CONTENT_BYTES, []))[0]?.bytes))
    .toBeLessThanOrEqual(1_000_000)
  expect((await contentOf(latchkey, ids.at(-1) ?? '')).content).toMatchObject({ kept: 'CONTENT' })
  expect((await contentOf(latchkey, ids[0] ?? '')).content).toBeNull()
  expect(await latchkey.app.store.prisma.requestLog.count()).toBe(CALLS)
  expect(await latchkey.app.store.prisma.callContent.count()).toBeGreaterThan(3)
})
