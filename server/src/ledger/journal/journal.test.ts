// The journal against a disk that fails on command.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { decodeFrames, encodeFrame } from './frame.ts'
import { type Journal, openJournal, segmentName } from './journal.ts'
import type { SegmentWrite } from './segment-file.ts'

const HEAD = 'H{}'

let folder = ''
let room = Number.POSITIVE_INFINITY
let problems: (string | null)[] = []
let journal: Journal

/** Takes as many bytes as there is room for, some of the last ones too, as a full disk does. */
const disk: SegmentWrite = (fd, bytes, from, position) => {
  const count = Math.min(bytes.length - from, room)
  if (count === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  room -= count
  return writeSync(fd, bytes, from, count, position)
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  folder = mkdtempSync(join(tmpdir(), 'latchkey-journal-'))
  room = Number.POSITIVE_INFINITY
  problems = []
})
afterEach(() => {
  journal.close()
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

test('a line that the disk took in part is taken back, waits in memory, and is written once there is room', async () => {
  open()
  await append('C1')
  room = 10
  await append('C2')
  expect(payloads()).toEqual([HEAD, 'C1'])
  expect(journal.state()).toMatchObject({ writable: false, lostLines: 0 })
  await append('C3')
  room = Number.POSITIVE_INFINITY
  vi.advanceTimersByTime(1_000)
  expect(payloads()).toEqual([HEAD, 'C1', 'C2', 'C3'])
  expect(journal.state()).toEqual({ writable: true, heldBytes: 0, lostLines: 0, droppedLines: 0 })
  expect(problems).toEqual(['no space left on device', null])
})

test('lines beyond what memory is given are lost, and counted', async () => {
  open({ heldMaxBytes: 100 })
  room = 0
  for (let n = 0; n < 10; n++) await append('C'.repeat(20))
  expect(journal.state()).toMatchObject({ writable: false, lostLines: 8 })
})

test('spare lines are dropped before any other is lost, and take no room from those', async () => {
  open({ heldMaxBytes: 100, spareMaxBytes: 80 })
  room = 0
  const taken = []
  for (let n = 0; n < 3; n++) {
    taken.push(journal.appendSpare('B'.repeat(20)))
    await append('C'.repeat(20))
  }
  expect(taken).toEqual([true, true, false])
  expect(journal.state()).toMatchObject({ writable: false, lostLines: 1, droppedLines: 1 })
  room = Number.POSITIVE_INFINITY
  vi.advanceTimersByTime(1_000)
  expect(payloads().map((payload) => payload[0])).toEqual(['H', 'B', 'C', 'B', 'C'])
  // There is room for them again.
  expect(journal.appendSpare('B'.repeat(20))).toBe(true)
})

test('a turn with more spare lines than are kept is written in parts, and drops none', async () => {
  open({ spareMaxBytes: 80 })
  const lines = ['B1', 'B2', 'B3'].map((line) => line.padEnd(30, '.'))
  for (const line of lines) expect(journal.appendSpare(line)).toBe(true)
  await append('C1')
  expect(payloads()).toEqual([HEAD, ...lines, 'C1'])
  expect(journal.state().droppedLines).toBe(0)
})

test('attempts at a new segment on a full disk leave neither files nor open descriptors behind', async () => {
  open({ segmentMaxBytes: 50 })
  await append('C'.repeat(60))
  room = 10
  await append('C2')
  const descriptors = readdirSync('/dev/fd').length
  for (let retry = 0; retry < 50; retry++) {
    room = 10
    vi.advanceTimersByTime(250)
  }
  expect(readdirSync(folder)).toHaveLength(1)
  expect(readdirSync('/dev/fd')).toHaveLength(descriptors)
  room = Number.POSITIVE_INFINITY
  vi.advanceTimersByTime(250)
  expect(payloads()).toEqual([HEAD, 'C'.repeat(60), HEAD, 'C2'])
})

test('a segment that is full is followed by another, each with its head', async () => {
  open({ segmentMaxBytes: 50 })
  for (const line of ['C1', 'C2', 'C3', 'C4', 'C5']) await append(line)
  expect(readdirSync(folder).sort()).toEqual([0, 1, 2].map((number) => segmentName('0a', number)))
  expect(payloads().filter((line) => line !== HEAD)).toEqual(['C1', 'C2', 'C3', 'C4', 'C5'])
})

test('closing writes what waits, and says what it could not', async () => {
  open()
  room = 0
  await append('C1')
  journal.append('C2')
  expect(journal.close()).toBe(2)
  open({}, '0b')
  journal.append('C1')
  room = Number.POSITIVE_INFINITY
  expect(journal.close()).toBe(0)
  expect(payloads()).toContain('C1')
  open({}, '0c')
})

function open(
  limits: { segmentMaxBytes?: number; heldMaxBytes?: number; spareMaxBytes?: number } = {},
  runId = '0a',
): void {
  room = Math.max(room, encodeFrame(HEAD).length)
  journal = openJournal({
    folder,
    runId,
    head: HEAD,
    onWritten: () => undefined,
    onProblem: (error) => problems.push(error?.message ?? null),
    write: disk,
    ...limits,
  })
}

/** Resolves when the turn of this line has ended. */
function append(line: string): Promise<void> {
  return new Promise((resolve) => journal.append(line, resolve))
}

/** All lines in all segments, in order. Throws where one is damaged. */
function payloads(): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const read = decodeFrames(readFileSync(join(folder, name)), true)
      if (read.damaged.length > 0) throw new Error(`${name} is damaged`)
      return read.payloads
    })
}
