import { expect, test } from 'vitest'
import { createContentMemory } from '../../capture/content-memory.ts'
import { keptBytes } from './kept-body.ts'
import { decodeSection, StreamKeeper, sectionOf } from './stream-keeper.ts'

const EVENT = (word: string) =>
  `data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"${word}"},"finish_reason":null}]}\n\n`

test('gives back a stream as it came, whatever its pieces share', () => {
  const pieces = [
    EVENT(' word'),
    EVENT(' word'),
    EVENT(''),
    EVENT(' Wörter über Wörter'),
    'x',
    '',
    'xx',
    'xyx',
    EVENT('a').repeat(3),
    EVENT('a'),
    'data: [DONE]\n\n',
  ]
  expect(keptOf(pieces.map((piece) => Buffer.from(piece)))).toBe(pieces.join(''))
})

test('gives back a character that two pieces share', () => {
  const bytes = Buffer.from(EVENT('€'))
  const middle = bytes.indexOf(0xe2) + 1
  expect(keptOf([bytes.subarray(0, middle), bytes.subarray(middle)])).toBe(EVENT('€'))
})

test('gives back any pieces', () => {
  // A linear congruential generator (Numerical Recipes), so that a failure comes again.
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let round = 0; round < 200; round++) {
    const pieces = Array.from({ length: random(12) }, () =>
      Buffer.from(Array.from({ length: random(20) }, () => 97 + random(2))),
    )
    expect(keptOf(pieces)).toBe(Buffer.concat(pieces).toString())
  }
})

test('returns pieces longer than a length field can hold', () => {
  const long = Buffer.from(EVENT('a word').repeat(3_000))
  expect(long.length).toBeGreaterThan(2 * 0xffff)
  expect(keptOf([long, Buffer.from(EVENT('b')), long])).toBe(`${long}${EVENT('b')}${long}`)
})

test('keeps sections that are spread over a long stream, each as it came', () => {
  const keeper = new StreamKeeper(createContentMemory())
  let bytes = 0
  // Each event says where it begins.
  while (bytes < 20_000_000) {
    const event = Buffer.from(EVENT(String(bytes)))
    bytes += event.length
    keeper.add(event)
  }
  const { sections, totalBytes } = keeper.kept()
  expect(totalBytes).toBe(bytes)
  expect(sections.length).toBeGreaterThanOrEqual(32)
  expect(sections.length).toBeLessThanOrEqual(64)
  const begins = sections.map((section) => Number(/"content":"(\d+)"/.exec(`${decodeSection(section)}`)?.[1]))
  expect(begins[0]).toBe(0)
  const distances = begins.slice(1).map((begin, index) => begin - (begins[index] ?? 0))
  expect(Math.max(...distances)).toBeLessThan(1.1 * Math.min(...distances))
  for (const section of sections) expect(decodeSection(section)).toHaveLength(section.bytes)
})

test.each([
  ['events that are alike', () => EVENT('word'), 128 * 1024],
  [
    'bytes that share nothing',
    (index: number) => String.fromCharCode(97 + (index % 26)).repeat(16_000),
    4_000_000,
  ],
  ['single bytes', (index: number) => String.fromCharCode(97 + (index % 26)), 5_000_000],
])('a stream of %s takes a bounded share of the memory, and gives all of it back', (_, piece, maxBytes) => {
  const memory = countedMemory(Number.POSITIVE_INFINITY)
  const keeper = new StreamKeeper(memory)
  const pieces = Array.from({ length: 26 }, (_, index) => Buffer.from(piece(index)))
  for (let bytes = 0, index = 0; bytes < 8_000_000; index++) {
    const chunk = pieces[index % 26] ?? Buffer.alloc(0)
    bytes += chunk.length
    keeper.add(chunk)
  }
  expect(memory.most()).toBeLessThanOrEqual(maxBytes)
  expect(keptBytes(keeper.kept())).toBeLessThanOrEqual(memory.taken() + 1024)
  keeper.release()
  expect(memory.taken()).toBe(0)
})

test('without memory keeps the first kilobyte and counts on', () => {
  const keeper = new StreamKeeper(createContentMemory(0))
  for (let index = 0; index < 100; index++) keeper.add(Buffer.from(EVENT(`${index} ${'x'.repeat(100)}`)))
  const { sections, totalBytes } = keeper.kept()
  expect(sections).toHaveLength(1)
  expect(sections[0]?.coded.length).toBeLessThanOrEqual(1024)
  expect(`${decodeSection(sections[0] ?? sectionOf(Buffer.alloc(0)))}`).toContain(
    EVENT(`0 ${'x'.repeat(100)}`),
  )
  expect(totalBytes).toBeGreaterThan(19_000)
})

test('without memory keeps the beginning of a first piece that is longer', () => {
  const keeper = new StreamKeeper(createContentMemory(0))
  keeper.add(Buffer.from(EVENT('x'.repeat(5_000))))
  const { sections, totalBytes } = keeper.kept()
  expect(sections.map((section) => `${decodeSection(section)}`)).toEqual([
    EVENT('x'.repeat(5_000)).slice(0, sections[0]?.bytes),
  ])
  expect(sections[0]?.bytes).toBeGreaterThan(1_000)
  expect(totalBytes).toBeGreaterThan(5_000)
})

function countedMemory(maxBytes: number) {
  const memory = createContentMemory(maxBytes)
  let taken = 0
  let most = 0
  return {
    take(bytes: number) {
      if (!memory.take(bytes)) return false
      taken += bytes
      most = Math.max(most, taken)
      return true
    },
    giveBack(bytes: number) {
      memory.giveBack(bytes)
      taken -= bytes
    },
    taken: () => taken,
    most: () => most,
  }
}

function keptOf(pieces: Buffer[]): string {
  const keeper = new StreamKeeper(createContentMemory())
  for (const piece of pieces) keeper.add(piece)
  const { sections, totalBytes } = keeper.kept()
  const bytes = Buffer.concat(sections.map((section) => decodeSection(section)))
  expect(bytes).toHaveLength(totalBytes)
  return bytes.toString('utf8')
}
