import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createTransportLog } from './transport-log.ts'

test('says the first failure for a reason at once, and then one line a minute with all of them', () => {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  )
  let nowMs = 0
  const note = createTransportLog(log, () => nowMs)
  note('openai', 'DNS_FAILED')
  note('gemini', 'DNS_FAILED')
  for (let i = 0; i < 1_000; i++) note('openai', 'DNS_FAILED')
  nowMs = 59_999
  note('openai', 'DNS_FAILED')
  note('openai', 'HEAD_TIMEOUT')
  nowMs = 60_000
  note('openai', 'DNS_FAILED')
  expect(lines.map(({ upstream, reason, failures }) => [upstream, reason, failures])).toEqual([
    ['openai', 'DNS_FAILED', 1],
    ['gemini', 'DNS_FAILED', 1],
    ['openai', 'HEAD_TIMEOUT', 1],
    ['openai', 'DNS_FAILED', 1_002],
  ])
  expect(lines[0]?.msg).toBe('The name of the upstream could not be resolved.')
})
