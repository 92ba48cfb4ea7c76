import { expect, test } from 'vitest'
import { createSliceSize } from './slice-size.ts'

const MIB = 1024 * 1024

/** Sizes of slices where each MiB takes so many milliseconds. */
function sizes(msPerMib: number, count: number, slice = createSliceSize()): number[] {
  return Array.from({ length: count }, () => {
    const bytes = slice.bytes()
    slice.took(bytes, (bytes / MIB) * msPerMib)
    return bytes
  })
}

test('begins with 1 MiB', () => {
  expect(createSliceSize().bytes()).toBe(MIB)
})

test('grows to what takes 100 ms, at most twice at once', () => {
  expect(sizes(25, 4).map((bytes) => bytes / MIB)).toEqual([1, 2, 4, 4])
})

test('shrinks at once, by no more than a quarter', () => {
  expect(sizes(200, 3).map((bytes) => bytes / MIB)).toEqual([1, 0.5, 0.5])
  expect(sizes(1_600, 4).map((bytes) => bytes / MIB)).toEqual([1, 0.25, 0.125, 0.125])
})

test('never passes a segment, nor goes below 128 KiB', () => {
  expect(sizes(0.001, 8).at(-1)).toBe(16 * MIB)
  expect(sizes(1_000_000, 8).at(-1)).toBe(128 * 1024)
})

test('learns nothing of longer slices from a short one', () => {
  const slice = createSliceSize()
  slice.took(1_000, 1)
  slice.took(1_000, 0)
  expect(slice.bytes()).toBe(MIB)
})

test('a short slice that took too long makes the next one smaller', () => {
  const slice = createSliceSize()
  slice.took(400 * 1024, 200)
  expect(slice.bytes()).toBe(256 * 1024)
})
