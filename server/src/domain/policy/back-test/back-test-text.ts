// A back-test in plain words.

import { usdOf } from '../../pricing/money.ts'
import type { BackTest, RuleOutcome } from './back-test.ts'

/** One sentence about all rules together, such as "This policy would have denied 37 of 12,410 calls of the last 7 days." */
export function backTestSentence({ calls, denied }: BackTest, days: number, isShared = false): string {
  const who = isShared ? 'These keys' : 'This key'
  if (calls === 0) return `${who} made no calls in ${lastDays(days)}.`
  return `This policy would have denied ${shareOf(denied, calls)} of ${lastDays(days)}.`
}

/**
 * One sentence about one rule, such as "This limit of 40 requests per minute would have denied 37 of 12,410 calls of the
 * last 7 days; the peak was 41 in the minute from 2026-11-20 14:03 UTC on."
 */
export function ruleSentence(outcome: RuleOutcome, calls: number, days: number): string {
  const denied = `would have denied ${shareOf(outcome.denials, calls)} of ${lastDays(days)}`
  const unpriced =
    outcome.unpriced > 0 ? `; what ${numberOf(outcome.unpriced, 'call')} cost is not known` : ''
  return `${subject(outcome)} ${denied}${peakOf(outcome)}${unpriced}.`
}

function subject({ rule, window, model, limit }: RuleOutcome): string {
  const max = limit ?? 0
  const models = model === null ? '' : ` for ${model}`
  const span = (window ?? '').toLowerCase()
  switch (rule) {
    case 'ADDRESS':
      return 'The list of addresses'
    case 'ENDPOINT':
      return 'The list of endpoints'
    case 'MODEL':
      return 'The list of models'
    case 'BUDGET':
      return window === 'TOTAL'
        ? `This budget of ${dollars(max)} in all${models}`
        : `This budget of ${dollars(max)} per ${span}${models}`
    case 'TOKENS':
      return `This limit of ${numberOf(max, 'token')} per ${span}${models}`
    case 'REQUESTS':
      return `This limit of ${numberOf(max, 'request')} per ${span}${models}`
    case 'CONCURRENCY':
      return `This limit of ${numberOf(max, 'call')} at once`
  }
}

function peakOf({ rule, window, peak, peakAtMs }: RuleOutcome): string {
  if (peak === null || peakAtMs === null) return ''
  const amount = rule === 'BUDGET' ? dollars(peak) : numberText(peak)
  const at = minuteText(peakAtMs)
  if (window === null) return `; the peak was ${amount} at once, at ${at}`
  if (window === 'TOTAL') return `; ${amount} were spent`
  return `; the peak was ${amount} in the ${window.toLowerCase()} from ${at} on`
}

function shareOf(denials: number, calls: number): string {
  return `${denials === 0 ? 'none' : numberText(denials)} of ${numberOf(calls, 'call')}`
}

function lastDays(days: number): string {
  return days === 1 ? 'the last day' : `the last ${days} days`
}

function numberOf(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`
}

function numberText(value: number): string {
  return value.toLocaleString('en')
}

function dollars(nanoUsd: number): string {
  return `$${usdOf(BigInt(nanoUsd))}`
}

function minuteText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
