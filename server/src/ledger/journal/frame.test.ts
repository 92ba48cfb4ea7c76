import { describe, expect, test } from 'vitest'
import { decodeFrames, encodeFrame, PAYLOAD_MAX_BYTES } from './frame.ts'

const payloads = [
  '{"a":1}',
  '{}',
  '{"text":"你好, \\n wörld 🙂"}',
  JSON.stringify({ long: 'x'.repeat(5_000) }),
]
const whole = Buffer.concat(payloads.map(encodeFrame))

describe('frames', () => {
  test('come back as they were written', () => {
    expect(decodeFrames(whole, false)).toEqual({ payloads, consumed: whole.length, damaged: [] })
  })

  test('are lines that a person can read', () => {
    expect(encodeFrame('{"a":1}').toString()).toMatch(/^000007 [0-9a-f]{8} \{"a":1\}\n$/)
  })

  test('that are truncated at any byte yield every whole record before that byte, and wait for the rest', () => {
    const ends: number[] = []
    for (const payload of payloads) ends.push((ends.at(-1) ?? 0) + encodeFrame(payload).length)
    for (let end = 0; end <= whole.length; end += 7) {
      const kept = ends.filter((frameEnd) => frameEnd <= end)
      const read = decodeFrames(whole.subarray(0, end), false)
      expect(read).toEqual({
        payloads: payloads.slice(0, kept.length),
        consumed: kept.at(-1) ?? 0,
        damaged: [],
      })
      const torn = decodeFrames(whole.subarray(0, end), true)
      expect(torn.payloads).toEqual(payloads.slice(0, kept.length))
      expect(torn.consumed).toBe(end)
      expect(Buffer.concat(torn.damaged)).toEqual(whole.subarray(kept.at(-1) ?? 0, end))
    }
  })

  test('with one flipped bit lose that record alone', () => {
    const small = Buffer.concat(payloads.slice(0, 3).map(encodeFrame))
    for (let bit = 0; bit < small.length * 8; bit++) {
      const flipped = Buffer.from(small)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const read = decodeFrames(flipped, true)
      // A bit of a newline joins two lines, so two may go; never a wrong one comes.
      expect(read.payloads.length).toBeGreaterThanOrEqual(1)
      for (const payload of read.payloads) expect(payloads).toContain(payload)
      expect(read.consumed).toBe(small.length)
      expect(read.damaged.length).toBeGreaterThanOrEqual(1)
    }
  })

  test('are found again after zeros, noise and a torn line', () => {
    const torn = encodeFrame(payloads[0] ?? '').subarray(0, 12)
    const bytes = Buffer.concat([Buffer.alloc(100), Buffer.from('\nnoise\n'), torn, Buffer.from('\n'), whole])
    const read = decodeFrames(bytes, false)
    expect(read.payloads).toEqual(payloads)
    expect(Buffer.concat(read.damaged)).toEqual(bytes.subarray(0, bytes.length - whole.length))
  })

  test('are refused when too large to say', () => {
    expect(() => encodeFrame('x'.repeat(PAYLOAD_MAX_BYTES + 1))).toThrow(RangeError)
  })
})
