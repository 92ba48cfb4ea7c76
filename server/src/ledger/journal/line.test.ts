import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FORMER_SECRETS } from '../../domain/keys/key-rotation.ts'
import { type CallRecord, OUTCOMES, USAGE_SOURCES } from '../../domain/logs/call-record.ts'
import { closeLine, type OpenedCall, openLine, parseLine } from './line.ts'

const id = fc.stringMatching(/^req_[0-9a-f]{32}$/)
const int = fc.nat({ max: 2 ** 31 - 1 })
const bytes = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const text = fc.string({ unit: 'binary', maxLength: 40 })
const known = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 3 })

// `satisfies`: a member that a line forgot would be missed here first, by the compiler.
const opened = {
  id,
  apiKeyId: known(int),
  method: text,
  endpoint: text,
  httpStatus: known(int),
  errorCode: known(text),
  errorMessage: known(text),
  upstream: known(text),
  upstreamRequestId: known(text),
  requestedModel: known(text),
  resolvedModel: known(text),
  streamed: fc.boolean(),
  finishReason: known(text),
  usageSource: fc.constantFrom(...USAGE_SOURCES),
  inputTokens: known(int),
  outputTokens: known(int),
  cachedInputTokens: known(int),
  reasoningTokens: known(int),
  timeToFirstTokenMs: known(int),
  requestBytes: bytes,
  responseBytes: bytes,
  clientIp: known(text),
  userAgent: known(text),
  usedSecret: known(fc.constantFrom(...FORMER_SECRETS)),
} satisfies { [Name in keyof OpenedCall]: fc.Arbitrary<OpenedCall[Name]> }
const closed = {
  ...opened,
  outcome: fc.constantFrom(...OUTCOMES),
  durationMs: int,
  closeCode: known(int),
  shadowDenials: known(text),
  costNanoUsd: known(bytes),
  receipt: known(text),
  attempts: known(text),
} satisfies { [Name in keyof CallRecord]: fc.Arbitrary<CallRecord[Name]> }

describe('a line', () => {
  test('says all of a closed call, and is JSON without a line end', () => {
    fc.assert(
      fc.property(fc.record(closed), (record) => {
        const line = closeLine(record)
        expect(line).not.toMatch(/[\n\r]/)
        expect(parseLine(line)).toEqual({ kind: 'close', record })
      }),
    )
  })

  test('says all of an open call', () => {
    fc.assert(
      fc.property(fc.record(opened), (call) => {
        const line = openLine(call)
        expect(line).not.toMatch(/[\n\r]/)
        expect(parseLine(line)).toMatchObject({ kind: 'open', call })
      }),
    )
  })

  test('with a member that no database takes is none', () => {
    const wrong: [keyof CallRecord, unknown][] = [
      ['id', 'req_1'],
      ['apiKeyId', 2 ** 31],
      ['apiKeyId', '1'],
      ['method', null],
      ['endpoint', 1],
      ['streamed', 0],
      ['usageSource', 'GUESSED'],
      ['inputTokens', 0.5],
      ['outputTokens', -1],
      ['requestBytes', null],
      ['responseBytes', 2 ** 53],
      ['usedSecret', 'NEXT'],
      ['outcome', 'OTHER'],
      ['outcome', null],
      ['durationMs', null],
      ['closeCode', 'x'],
      ['costNanoUsd', -1],
      ['receipt', {}],
      ['attempts', []],
      ['userAgent', 1],
    ]
    const [record] = fc.sample(fc.record(closed), 1)
    expect(parseLine(`C${JSON.stringify(record)}`)).not.toBeNull()
    for (const [name, value] of wrong)
      expect(parseLine(`C${JSON.stringify({ ...record, [name]: value })}`), name).toBeNull()
  })
})
