import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FAILURE_CLASSES } from '../upstreams/failure-class.ts'
import { type Attempt, readAttempts, writeAttempts } from './attempt.ts'

const text = fc.string({ maxLength: 256, unit: 'grapheme-ascii' })
const whole = fc.nat()
const attempt: fc.Arbitrary<Attempt> = fc.record({
  upstream: text,
  credentialId: fc.option(whole),
  upstreamModel: fc.option(text),
  startedMs: whole,
  durationMs: whole,
  httpStatus: fc.option(whole),
  failure: fc.option(fc.constantFrom(...FAILURE_CLASSES)),
  errorCode: fc.option(text),
  reason: fc.option(fc.constantFrom('DNS_FAILED', 'IDLE_TIMEOUT')),
  upstreamRequestId: fc.option(text),
})

test('what was written is read', () => {
  fc.assert(
    fc.property(fc.array(attempt, { maxLength: 16 }), (attempts) => {
      expect(readAttempts(writeAttempts(attempts))).toEqual(attempts)
    }),
  )
})

test('of very many, and of very long texts, a bounded part is kept, the last attempt in it', () => {
  const long = { ...(fc.sample(attempt, 1)[0] as Attempt), errorCode: 'x'.repeat(10_000) }
  const written = writeAttempts([...Array<Attempt>(100).fill(long), { ...long, upstream: 'last' }])
  expect(written.length).toBeLessThan(32_768)
  const read = readAttempts(written)
  expect([read.length, read.at(-1)?.upstream]).toEqual([16, 'last'])
})

test.each(['', 'null', '{}', '[1, null, "x", {}]', '[{"upstream":1}]', '{"'])('%j holds none', (damaged) => {
  expect(readAttempts(damaged)).toEqual([])
})

test('of a record of before reasons were kept, or of after one of them is gone, the reason is unknown', () => {
  const former =
    '{"upstream":"openai","startedMs":1,"durationMs":2,"failure":"CONNECT","errorCode":"upstream_unreachable"}'
  for (const written of [
    former,
    former.replace('}', ',"reason":"NO_LONGER"}'),
    former.replace('}', ',"reason":"toString"}'),
  ])
    expect(readAttempts(`[${written}]`)).toMatchObject([
      { upstream: 'openai', failure: 'CONNECT', reason: null },
    ])
})

test('parts of another form are unknown, not wrong', () => {
  expect(readAttempts('[{"upstream":"a","failure":"NEW_ONE","durationMs":-1,"httpStatus":"200"}]')).toEqual([
    expect.objectContaining({ upstream: 'a', failure: null, durationMs: 0, httpStatus: null }),
  ])
})
