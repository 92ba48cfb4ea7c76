import { describe, expect, test } from 'vitest'
import {
  addEncoded,
  addValue,
  bucketOf,
  bucketValue,
  countOf,
  decodeHistogram,
  encodeHistogram,
  type Histogram,
  mergeEncoded,
  mergeInto,
  percentile,
} from './histogram.ts'

/** The same numbers each time: a linear congruential generator (Numerical Recipes). */
function* numbers(seed: number, count: number): Generator<number> {
  let state = seed
  for (let i = 0; i < count; i++) {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    yield state / 2 ** 32
  }
}

function of(values: Iterable<number>): Histogram {
  const histogram: Histogram = new Map()
  for (const value of values) addValue(histogram, value)
  return histogram
}

describe('a histogram', () => {
  test('has a bucket for each whole millisecond up to 7, and buckets that never go down after', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(bucketOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    for (let ms = 1; ms < 10_000; ms++) expect(bucketOf(ms)).toBeGreaterThanOrEqual(bucketOf(ms - 1))
    expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(207)
    expect(bucketOf(-5)).toBe(0)
  })

  test('stands for each value within 4.5 %', () => {
    for (let ms = 8; ms < 86_400_000; ms = Math.ceil(ms * 1.013)) {
      expect(Math.abs(bucketValue(bucketOf(ms)) / ms - 1), `${ms} ms`).toBeLessThan(0.0455)
    }
  })

  test('returns percentiles within 4.5 % of the true ones', () => {
    const values = [...numbers(7, 10_000)].map((x) => Math.round(10 + 5_000 * x ** 4))
    const sorted = values.toSorted((a, b) => a - b)
    for (const share of [0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
      const truth = sorted[Math.ceil(share * values.length) - 1] ?? 0
      expect(Math.abs((percentile(of(values), share) ?? 0) / truth - 1)).toBeLessThan(0.0455)
    }
    expect(percentile(new Map(), 0.5)).toBeNull()
  })

  test('merged from parts is the histogram of the whole, and a part can be taken away again', () => {
    const values = [...numbers(3, 2_000)].map((x) => Math.floor(x * 60_000))
    const merged = of(values.slice(0, 700))
    const rest = of(values.slice(700))
    mergeInto(merged, rest)
    expect(merged).toEqual(of(values))
    expect(countOf(merged)).toBe(2_000)
    mergeInto(merged, rest, -1)
    expect(merged).toEqual(of(values.slice(0, 700)))
  })

  test('comes back from its bytes, counts beyond 32 bits included', () => {
    const histogram = of([...numbers(11, 500)].map((x) => Math.floor(x * 1e6)))
    histogram.set(100, 2 ** 40 + 3)
    expect(decodeHistogram(encodeHistogram(histogram))).toEqual(histogram)
    expect(encodeHistogram(new Map())).toEqual(new Uint8Array())
  })

  test('merged from bytes is the bytes of the sum', () => {
    const values = [...numbers(5, 600)].map((x) => Math.floor(10 ** (8 * x)))
    for (const at of [0, 1, 2, 300, 599, 600]) {
      const [one, other] = [of(values.slice(0, at)), of(values.slice(at))]
      one.set(100, 2 ** 40 + 3)
      const bytes = Uint8Array.from(mergeEncoded(encodeHistogram(one), encodeHistogram(other)))
      mergeInto(one, other)
      expect(bytes).toEqual(encodeHistogram(one))
    }
    expect(mergeEncoded(new Uint8Array(), new Uint8Array())).toHaveLength(0)
    const [some, one] = [of(values), new Map([[100, 3]])]
    expect(Uint8Array.from(addEncoded(encodeHistogram(one), 100, 2 ** 40))).toEqual(
      encodeHistogram(new Map([[100, 2 ** 40 + 3]])),
    )
    const added = Uint8Array.from(addEncoded(encodeHistogram(some), 100, 3))
    mergeInto(some, one)
    expect(added).toEqual(encodeHistogram(some))
    expect(() => mergeEncoded(new Uint8Array(), Uint8Array.of(0x80))).toThrow(RangeError)
  })

  test('refuses bytes that are none', () => {
    expect(() => decodeHistogram(Uint8Array.of(0x80))).toThrow(RangeError)
    expect(() => decodeHistogram(Uint8Array.of(0xff, 0x7f, 1))).toThrow(RangeError)
  })
})
