// A disk that fills up: the finding, the alert and the metric say so before the journal is refused.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const GIB = 1024 ** 3
let latchkey: TestLatchkey
let sdk: Latchkey
let freeBytes = 50 * GIB
let aheadMs = 0
beforeAll(async () => {
  latchkey = await startLatchkey({
    alertTimer: false,
    clock: () => Date.now() + aheadMs,
    diskSpace: async () => ({ freeBytes, totalBytes: 100 * GIB }),
  })
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => latchkey.close())

test('is a finding, an alert and a metric, until there is space again', async () => {
  const rule = await sdk.alerts.rules.create({ name: 'ledger', kind: 'LEDGER_PROBLEM', afterSeconds: 0 })
  const state = async () => {
    aheadMs += 61_000
    await latchkey.app.alerts.evaluate()
    const found = await sdk.findings.list({ filter: { code: ['DISK_NEARLY_FULL'] } })
    const open = await sdk.alerts.list({ filter: { open: true } })
    const response = await fetch(`${latchkey.url}/metrics`, {
      headers: { authorization: `Bearer ${latchkey.adminToken}` },
    })
    const free = /^latchkey_disk_free_bytes (\S+)$/m.exec(await response.text())?.[1]
    return { found: found.items.length, open: open.items.map(({ message }) => message), free: Number(free) }
  }
  expect(await state()).toEqual({ found: 0, open: [], free: 50 * GIB })
  freeBytes = 2 * GIB
  expect(await state()).toEqual({
    found: 1,
    open: ['The disk of the data directory has 2147 MB left.'],
    free: 2 * GIB,
  })
  freeBytes = 60 * GIB
  expect(await state()).toMatchObject({ found: 0, open: [] })
  await sdk.alerts.rules.delete(rule.id)
})
