// A histogram of durations that can be merged and subtracted, and that yields percentiles: what a rollup keeps instead of
// every value.
//
// Buckets grow by a factor of 2^(1/8): a percentile is within 4.5 % of a value that was there. Whole milliseconds up to 7
// have a bucket each; 208 buckets reach to three days.

const PER_OCTAVE = 8
// Up to here a bucket holds one value.
const EXACT_MAX = 7
const BUCKETS = 208

/** Counts by bucket; sparse, since a rollup's values are close together. */
export type Histogram = Map<number, number>

/** The bucket of a duration in whole milliseconds, 0 or more; what is beyond the last bucket falls into it. */
export function bucketOf(ms: number): number {
  if (ms <= EXACT_MAX) return Math.max(0, Math.trunc(ms))
  const above = Math.floor(Math.log2(ms / (EXACT_MAX + 1)) * PER_OCTAVE + 1e-9)
  return Math.min(BUCKETS - 1, EXACT_MAX + 1 + above)
}

/** The value that a bucket is reported as: its geometric middle. */
export function bucketValue(bucket: number): number {
  if (bucket <= EXACT_MAX) return bucket
  return (EXACT_MAX + 1) * 2 ** ((bucket - EXACT_MAX - 1 + 0.5) / PER_OCTAVE)
}

/** Adds a duration, as often as `times`. */
export function addValue(histogram: Histogram, ms: number, times = 1): void {
  const bucket = bucketOf(ms)
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + times)
}

/** Adds `times` times another histogram; -1 takes it away again. Counts never fall below 0. */
export function mergeInto(histogram: Histogram, other: Histogram, times: 1 | -1 = 1): void {
  for (const [bucket, count] of other) {
    const sum = (histogram.get(bucket) ?? 0) + times * count
    if (sum > 0) histogram.set(bucket, sum)
    else histogram.delete(bucket)
  }
}

/** How many durations a histogram holds. */
export function countOf(histogram: Histogram): number {
  let sum = 0
  for (const count of histogram.values()) sum += count
  return sum
}

/** The value that `share` (0 to 1) of all values do not exceed, in milliseconds; null for an empty histogram. */
export function percentile(histogram: Histogram, share: number): number | null {
  const total = countOf(histogram)
  if (total === 0) return null
  const rank = Math.max(1, Math.ceil(share * total))
  let seen = 0
  // A typed array sorts numbers without a call for each two.
  for (const bucket of Uint8Array.from(histogram.keys()).sort()) {
    seen += histogram.get(bucket) ?? 0
    if (seen >= rank) return bucketValue(bucket)
  }
  return null
}

// A bucket's distance takes up to 2 bytes, a count up to 8.
const scratch = new Uint8Array(BUCKETS * 10)

/** Bytes for the database: for each bucket in order, its distance from the one before and its count, as LEB128 numbers. */
export function encodeHistogram(histogram: Histogram): Uint8Array<ArrayBuffer> {
  const buckets = [...histogram.keys()]
  // Most rollups are of few calls.
  if (buckets.length > 1) buckets.sort((a, b) => a - b)
  let at = 0
  let before = 0
  for (const bucket of buckets) {
    at = putNumber(scratch, at, bucket - before)
    at = putNumber(scratch, at, histogram.get(bucket) ?? 0)
    before = bucket
  }
  return scratch.slice(0, at)
}

/** Reads what encodeHistogram wrote, into `into` if given. Throws RangeError for bytes that it cannot have written. */
export function decodeHistogram(bytes: Uint8Array, into: Histogram = new Map()): Histogram {
  readBuckets(bytes, (bucket, count) => into.set(bucket, (into.get(bucket) ?? 0) + count))
  return into
}

const tally = new Float64Array(BUCKETS)

/**
 * The bytes of two histograms as those of their sum. They hold until the next call of this file: whoever keeps them copies
 * them. Throws RangeError for bytes that encodeHistogram cannot have written.
 */
export function mergeEncoded(one: Uint8Array, other: Uint8Array): Uint8Array {
  tally.fill(0)
  readBuckets(one, addToTally)
  readBuckets(other, addToTally)
  return encodeTally()
}

/** As mergeEncoded, with a histogram of one bucket. */
export function addEncoded(bytes: Uint8Array, bucket: number, count: number): Uint8Array {
  tally.fill(0)
  readBuckets(bytes, addToTally)
  addToTally(bucket, count)
  return encodeTally()
}

function encodeTally(): Uint8Array {
  let at = 0
  let before = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = tally[bucket] ?? 0
    if (count === 0) continue
    at = putNumber(scratch, at, bucket - before)
    at = putNumber(scratch, at, count)
    before = bucket
  }
  return scratch.subarray(0, at)
}

function addToTally(bucket: number, count: number): void {
  tally[bucket] = (tally[bucket] ?? 0) + count
}

function readBuckets(bytes: Uint8Array, take: (bucket: number, count: number) => void): void {
  let at = 0
  let bucket = 0
  const next = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('a histogram ends in the middle of a number')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }
  while (at < bytes.length) {
    bucket += next()
    const count = next()
    if (bucket >= BUCKETS) throw new RangeError('a histogram names a bucket that there is not')
    take(bucket, count)
  }
}

/** LEB128 by division, since counts may be larger than 32 bits. Returns the offset after it. */
function putNumber(bytes: Uint8Array, from: number, value: number): number {
  let at = from
  let rest = value
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) + 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}
