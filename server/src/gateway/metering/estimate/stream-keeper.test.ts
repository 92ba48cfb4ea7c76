import { expect, test } from 'vitest'
import { StreamKeeper } from './stream-keeper.ts'

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
  const abort = bytes.indexOf(0xe2) + 1
  expect(keptOf([bytes.subarray(0, abort), bytes.subarray(abort)])).toBe(EVENT('€'))
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

test('gives back pieces longer than the length of a piece can tell', () => {
  const long = Buffer.from(EVENT('a word').repeat(3_000))
  expect(long.length).toBeGreaterThan(2 * 0xffff)
  expect(keptOf([long, Buffer.from(EVENT('b')), long])).toBe(`${long}${EVENT('b')}${long}`)
})

test('keeps a stream up to its bound, and nothing of one that passes it', () => {
  const keeper = new StreamKeeper(10)
  keeper.add(Buffer.from('01234'))
  keeper.add(Buffer.from('56789'))
  expect(keeper.text()).toBe('0123456789')
  keeper.add(Buffer.from('0'))
  expect(keeper.text()).toBeNull()
  keeper.add(Buffer.from(''))
  expect(keeper.text()).toBeNull()
})

function keptOf(pieces: Buffer[]): string | null {
  const keeper = new StreamKeeper()
  for (const piece of pieces) keeper.add(piece)
  return keeper.text()
}
