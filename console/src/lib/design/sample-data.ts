// Made-up data with a shape, the same each time.
import type { Page } from '@latchkey/sdk'
import { hourMs } from '#lib/time/durations.ts'

export type SampleKey = {
  id: string
  name: string
  owner: string
  status: 'ACTIVE' | 'DISABLED' | 'EXPIRED'
  spend: string
  used: number
  limit: number | null
  lastUsedAt: string | null
  ok: number[]
  denied: number[]
  failed: number[]
}

const names = [
  'checkout',
  'nightly-evals',
  'support-bot',
  'ci',
  'search',
  'translations',
  'invoices',
  'a-key-with-a-rather-long-name-that-has-to-be-shortened',
]
const owners = ['Payments', 'Research', 'Support', 'Platform']

/** `count` keys. */
export function sampleKeys(count: number): SampleKey[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `key_${index + 1}`,
    name: index < names.length ? (names[index] ?? '') : `service-${index}`,
    owner: owners[index % owners.length] ?? '',
    status: index % 7 === 3 ? 'DISABLED' : index % 11 === 5 ? 'EXPIRED' : 'ACTIVE',
    spend: (wave(index, 3) * 40).toFixed(6),
    used: wave(index, 2) * 20,
    limit: index % 3 === 0 ? 20 : null,
    lastUsedAt: index % 5 === 4 ? null : new Date(Date.now() - index * 3_700_000).toISOString(),
    ok: Array.from({ length: 24 }, (_, hour) => Math.round(wave(hour + index, 4) * 120)),
    denied: Array.from({ length: 24 }, (_, hour) => (hour % 9 === index % 9 ? 30 : 0)),
    failed: Array.from({ length: 24 }, (_, hour) => (hour % 13 === index % 13 ? 18 : 0)),
  }))
}

/** Instants of `count` hours until now, and a value at each. */
export function sampleSeries(count: number, seed: number): { times: number[]; values: (number | null)[] } {
  const end = Math.floor(Date.now() / hourMs) * hourMs
  return {
    times: Array.from({ length: count }, (_, index) => end - (count - 1 - index) * hourMs),
    values: Array.from({ length: count }, (_, index) =>
      seed === 3 && index > 60 && index < 66 ? null : Math.round(wave(index, seed) * 400),
    ),
  }
}

/** A page of a list that has others before and after it. */
export const middlePage: Page<never> = {
  items: [],
  totalCount: 207,
  searchedFrom: null,
  startCursor: 'start',
  endCursor: 'end',
  hasNextPage: () => true,
  hasPreviousPage: () => true,
  nextPage: async () => middlePage,
  previousPage: async () => middlePage,
}

/** Between 0 and 1, without steps. */
function wave(index: number, seed: number): number {
  return (Math.sin(index / (seed + 1)) + Math.sin(index / (seed * 3 + 5)) + 2.2) / 4.2
}
