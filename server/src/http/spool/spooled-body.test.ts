import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { BodySpool } from './body-spool.ts'
import type { SpooledBody } from './spooled-body.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-spool-'))
const spool = new BodySpool({ folder, memoryBytes: 100 })
afterAll(() => rmSync(folder, { recursive: true }))

function lease(bytes: number) {
  let left = bytes
  return {
    take(wanted: number) {
      if (wanted > left) return false
      left -= wanted
      return true
    },
    release() {
      left = bytes
    },
    left: () => left,
  }
}

async function read(body: SpooledBody, edits: Parameters<SpooledBody['read']>[0] = []): Promise<string> {
  const whole = body.read(edits)
  return (Buffer.isBuffer(whole) ? whole : await buffer(whole)).toString()
}

test('a body is read as often as it is wanted, with edits, from memory and from a file', async () => {
  for (const size of [3, 30_000]) {
    const body = spool.begin(lease(1_000), lease(200_000))
    const pieces = Array.from({ length: 5 }, (_, at) => String(at).repeat(size))
    for (const piece of pieces) expect(await body.add(Buffer.from(piece))).toBeNull()
    const text = pieces.join('')
    expect(Buffer.isBuffer(body.read([]))).toBe(size === 3)
    const edits = [
      { start: 0, end: 1, text: 'größer' },
      { start: text.length, end: text.length, text: '!' },
    ]
    for (let time = 0; time < 2; time++) {
      expect(await read(body)).toBe(text)
      expect(await read(body, edits)).toBe(`größer${text.slice(1)}!`)
    }
    body.release()
  }
  expect(readdirSync(folder)).toEqual([])
})

test('takes what its leases have, and gives it back once', async () => {
  const [memory, disk] = [lease(1_000), lease(300)]
  const body = spool.begin(memory, disk)
  await body.add(Buffer.alloc(90))
  expect([memory.left(), disk.left()]).toEqual([910, 300])
  await body.add(Buffer.alloc(90))
  expect(disk.left()).toBe(120)
  expect(await body.add(Buffer.alloc(200))).toBe('no-room')
  body.release()
  body.release()
  expect([memory.left(), disk.left()]).toEqual([1_000, 300])
  expect(spool.begin(lease(1), disk).add(Buffer.alloc(2))).toBe('memory-full')
})

test('is released under a reader and a writer, which get no byte of another file', async () => {
  const body = spool.begin(lease(1_000), lease(1_000_000))
  await body.add(Buffer.alloc(200_000, 'x'))
  const reading = read(body)
  const writing = body.add(Buffer.alloc(200_000, 'y'))
  body.release()
  await expect(reading).rejects.toThrow()
  expect(await writing).toBeNull()
  expect(body.add(Buffer.alloc(5))).toBeNull()
})
