import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  formatCompact,
  formatDelta,
  formatDuration,
  formatPercentile,
  formatRelative,
  formatSetDuration,
  formatShare,
} from './format.ts'
import { formatUsdShort } from './format-money.ts'
import { getLocale, overwriteGetLocale } from './paraglide/runtime.js'

// Runes are compiled for a browser; no text here depends on the zone.
vi.mock('#lib/preferences/time-zone.svelte.ts', () => ({ intlZone: () => 'UTC' }))

const usualLocale = getLocale
let locale: 'en' | 'zh-CN'
beforeEach(() => {
  locale = 'en'
  overwriteGetLocale(() => locale)
})
// Test files share their modules.
afterEach(() => overwriteGetLocale(usualLocale))

test.for([
  [0, '0%'],
  [0.000001, '<0.1%'],
  [0.000427, '<0.1%'],
  [0.0005, '0.1%'],
  [0.04, '4%'],
  [0.572, '57.2%'],
  [0.99999, '99.9%'],
  [1, '100%'],
  [1.5, '150%'],
] as const)(
  'a share of %d is %s: what is more than nothing is not 0%, and what is not all is not 100%',
  ([share, text]) => {
    expect(formatShare(share)).toBe(text)
  },
)

test('shares of a column have their points below each other', () => {
  const shares = [0, 0.00001, 0.02, 0.021, 1].map((share) => formatShare(share, { column: true }))
  expect(shares).toEqual(['0.0%', '<0.1%', '2.0%', '2.1%', '100.0%'])
})

test.for([
  [0.4, '0.4 ms'],
  [830, '830 ms'],
  [999.7, '1.00 s'],
  [2310, '2.31 s'],
  [9996, '10.0 s'],
  [31_380, '31.4 s'],
  [59_960, '1 min 0 s'],
  [108_000, '1 min 48 s'],
  [3_599_600, '1 h 0 min'],
  [7_500_000, '2 h 5 min'],
] as const)('%d ms are %s', ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text)
})

test('what somebody has set has no digits that say nothing', () => {
  expect([10_000, 60_000, 1500, 90_000].map(formatSetDuration)).toEqual(['10 s', '1 min', '1.50 s', '90 s'])
})

test('compact numbers say as much in both languages', () => {
  const counts = [9999, 12_745, 1_234_567, 13_729_400, 140_400_000]
  expect(counts.map(formatCompact)).toEqual(['9,999', '12.7K', '1.23M', '13.7M', '140M'])
  expect(['56789', '1234567'].map(formatUsdShort)).toEqual(['$56.8K', '$1.23M'])
  locale = 'zh-CN'
  expect(counts.map(formatCompact)).toEqual(['9,999', '1.27万', '123万', '1373万', '1.4亿'])
  expect(['56789', '1234567'].map(formatUsdShort)).toEqual(['$5.68万', '$123万'])
})

test('spans have a space between a digit and a Chinese character', () => {
  const now = Date.parse('2026-11-30T12:00:00Z')
  const instants = ['2026-12-05T12:00:00Z', '2026-11-30T11:57:00Z', '2026-11-29T12:00:00Z']
  expect(instants.map((at) => formatRelative(at, now))).toEqual(['in 5 days', '3 minutes ago', 'yesterday'])
  locale = 'zh-CN'
  expect(instants.map((at) => formatRelative(at, now))).toEqual(['5 天后', '3 分钟前', '昨天'])
})

test('a change is never 0%, and never all of what is left', () => {
  const changes = [
    [120, 100],
    [100, 100],
    [100.001, 100],
    [99.999, 100],
    [0.0001, 100],
    [0, 100],
    [1200, 100],
    [1, 0],
  ] as const
  expect(changes.map(([now, before]) => formatDelta(now, before))).toEqual([
    '+20%',
    '0%',
    '+<0.1%',
    '−<0.1%',
    '−99.9%',
    '−100%',
    '×12',
    '–',
  ])
})

test.for([
  [0, '0 ms'],
  [8.35, '8 ms'],
  [834, '830 ms'],
  [1234, '1.2 s'],
  [9990, '10 s'],
  [14390, '14 s'],
  [108_000, '1 min 50 s'],
] as const)('a percentile of %d ms is %s', ([ms, text]) => {
  expect(formatPercentile(ms)).toBe(text)
})
