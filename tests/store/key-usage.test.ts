// What a key has used, as its rules ask the ledger, on the database of the running project.
import { usageOfKey } from '@latchkey/server/ledger/usage/key-usage.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

test('the usage of a key is of the calls that were sent to an upstream, by model, from an instant on, the newest included', async () => {
  const { app } = latchkey
  const key = await latchkey.createKey()
  const other = await latchkey.createKey()
  await (await chat(latchkey, key.secret, { model: 'echo' })).arrayBuffer()
  const response = await chat(latchkey, key.secret, { model: 'echo' })
  const { usage } = (await response.json()) as { usage: { total_tokens: number } }
  // The echo takes no other, so that this is sent nowhere; and a list of models sends no upstream a request.
  expect((await chat(latchkey, key.secret, { model: 'none' })).status).toBe(404)
  await fetch(`${latchkey.url}/v1/models`, { headers: { authorization: `Bearer ${key.secret}` } })
  await (await chat(latchkey, other.secret, { model: 'echo' })).arrayBuffer()
  const hourAgo = Date.now() - 3_600_000
  const both = { requests: 2, tokens: 2 * usage.total_tokens, costNanoUsd: 0 }
  const nothing = { requests: 0, tokens: 0, costNanoUsd: 0 }
  expect(
    await usageOfKey(app.store, app.ledger, key.id, [
      { sinceMs: hourAgo, model: null },
      { sinceMs: hourAgo, model: 'ECH*' },
      { sinceMs: hourAgo, model: 'other' },
      { sinceMs: Date.now() + 3_600_000, model: null },
      { sinceMs: 0, model: null },
    ]),
  ).toEqual([both, both, nothing, nothing, both])
})

test('a ledger that lacks part of the journal rejects rather than return too little', async () => {
  const { store } = latchkey.app
  const key = await latchkey.createKey()
  const wanted = [{ sinceMs: 0, model: null }]
  await expect(usageOfKey(store, { settled: async () => false }, key.id, wanted)).rejects.toThrow(/journal/)
  let asked = 0
  const slow = { settled: async () => ++asked === 3 }
  expect(await usageOfKey(store, slow, key.id, wanted)).toHaveLength(1)
})
