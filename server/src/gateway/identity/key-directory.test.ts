import { expect, test } from 'vitest'
import type { AdmittableKey } from '../../store/queries/api-keys.ts'
import { createKeyDirectory } from './key-directory.ts'

const HASH = 'ab'.repeat(32)

test('a known key is returned at once, and loaded once', async () => {
  const { directory, loads } = directoryOver(async () => key(1))
  expect(await directory.find(HASH)).toMatchObject({ id: 1 })
  expect(directory.find(HASH)).toMatchObject({ id: 1 })
  expect(loads).toEqual([HASH])
})

test('concurrent look-ups of an unknown key wait for one load', async () => {
  const gate = Promise.withResolvers<AdmittableKey | null>()
  const { directory, loads } = directoryOver(() => gate.promise)
  const units = [directory.find(HASH), directory.find(HASH), directory.find(HASH)]
  gate.resolve(key(1))
  expect(await Promise.all(units)).toMatchObject([{ id: 1 }, { id: 1 }, { id: 1 }])
  expect(loads).toHaveLength(1)
})

test('a miss is remembered for five seconds, no longer', async () => {
  let nowMs = 1_000
  const { directory, loads } = directoryOver(
    async () => null,
    () => nowMs,
  )
  expect(await directory.find(HASH)).toBeNull()
  nowMs += 4_999
  expect(directory.find(HASH)).toBeNull()
  expect(loads).toHaveLength(1)
  nowMs += 2
  expect(await directory.find(HASH)).toBeNull()
  expect(loads).toHaveLength(2)
})

test('a forgotten key is loaded again', async () => {
  let revokedAtMs: number | null = null
  const { directory } = directoryOver(async () => ({ ...key(1), revokedAtMs }))
  await directory.find(HASH)
  revokedAtMs = 5
  expect(directory.find(HASH)).toMatchObject({ revokedAtMs: null })
  directory.forget([HASH])
  expect(await directory.find(HASH)).toMatchObject({ revokedAtMs: 5 })
})

test('a forgotten miss is loaded again, so that a new key works at once', async () => {
  let made: AdmittableKey | null = null
  const { directory } = directoryOver(async () => made)
  expect(await directory.find(HASH)).toBeNull()
  made = key(1)
  directory.forget([HASH])
  expect(await directory.find(HASH)).toMatchObject({ id: 1 })
})

test('what was read before a change is returned to no look-up, also to none that began before', async () => {
  const gates = [Promise.withResolvers<AdmittableKey | null>(), Promise.withResolvers<AdmittableKey | null>()]
  let units = 0
  const { directory } = directoryOver(() => gates[units++]?.promise ?? Promise.resolve(null))
  const before = directory.find(HASH)
  directory.forget([HASH])
  const after = directory.find(HASH)
  gates[1]?.resolve({ ...key(1), revokedAtMs: 5 })
  expect(await after).toMatchObject({ revokedAtMs: 5 })
  // The old result comes last, and must not replace the new one.
  gates[0]?.resolve(key(1))
  expect(await before).toMatchObject({ revokedAtMs: 5 })
  expect(directory.find(HASH)).toMatchObject({ revokedAtMs: 5 })
})

test('a key is found by either of its secrets, and says until when the former works', async () => {
  const former = 'cd'.repeat(32)
  const rotated = { ...key(1), formerSecretHash: bytes(former), formerUntilMs: 9_000 }
  const { directory, loads } = directoryOver(async () => rotated)
  expect(await directory.find(HASH)).toMatchObject({ id: 1, formerUntilMs: null })
  expect(await directory.find(former)).toMatchObject({ id: 1, formerUntilMs: 9_000 })
  expect(directory.find(former)).toMatchObject({ formerUntilMs: 9_000 })
  expect(loads).toEqual([HASH, former])
  directory.forget([HASH, former])
  expect([directory.find(HASH), directory.find(former)]).toEqual([expect.any(Promise), expect.any(Promise)])
})

test('a store that fails is no miss: it is read again', async () => {
  let away = true
  const { directory } = directoryOver(async () => {
    if (away) throw new Error('the database is away')
    return key(1)
  })
  await expect(directory.find(HASH)).rejects.toThrow('away')
  away = false
  expect(await directory.find(HASH)).toMatchObject({ id: 1 })
})

test('a key with another hash of its own is not admitted', async () => {
  const { directory } = directoryOver(async () => ({ ...key(1), secretHash: new Uint8Array(32) }))
  await directory.find(HASH)
  expect(directory.find(HASH)).toBeNull()
})

function directoryOver(load: () => Promise<AdmittableKey | null>, nowMs?: () => number) {
  const loads: string[] = []
  const directory = createKeyDirectory((hash) => {
    loads.push(Buffer.from(hash).toString('hex'))
    return load()
  }, nowMs)
  return { directory, loads }
}

function key(id: number): AdmittableKey {
  return {
    id,
    name: 'test',
    secretHash: bytes(HASH),
    formerSecretHash: null,
    formerUntilMs: null,
    expiresAtMs: null,
    revokedAtMs: null,
    disabledAtMs: null,
    ownerDisabledAtMs: null,
    ownerId: null,
    labels: null,
    shared: [],
    policy: null,
    version: 1,
  }
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
