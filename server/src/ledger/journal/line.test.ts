import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { COLUMN_NAMES, type Column, columnOf } from '../../domain/logs/columns.ts'
import { newRecord } from '../../domain/logs/generated/new-record.ts'
import { closeLine, openLine, parseLine } from './line.ts'

const opened = arbitraryRecord(({ known }) => known === 'ADMITTED' || known === 'OPEN')
const closed = arbitraryRecord(() => true)

// As released versions have written it: journals of theirs are replayed.
const WRITTEN: CallRecord = {
  ...newRecord('', '', ''),
  id: 'req_019ab1c2d3e47abc8123456789abcdef',
  apiKeyId: 7,
  method: 'POST',
  endpoint: '/v1/chat/completions',
  clientIp: '::ffff:10.0.0.1',
  userAgent: 'OpenAI/Python 2.8.0',
  usedSecret: 'FORMER',
  httpStatus: 200,
  errorCode: 'upstream_reset',
  errorMessage: 'It said "no" \u2028',
  upstream: 'openai',
  upstreamRequestId: 'chatcmpl-1',
  requestedModel: 'auto',
  resolvedModel: 'gpt-5',
  streamed: true,
  finishReason: 'length',
  usageSource: 'PROVIDER',
  inputTokens: 10,
  outputTokens: 0,
  cachedInputTokens: 4,
  reasoningTokens: 2,
  timeToFirstTokenMs: 56,
  requestBytes: 2_147_483_648,
  responseBytes: 1_099_511_627_776,
  outcome: 'INTERRUPTED',
  durationMs: 1_234,
  closeCode: 1_011,
  shadowDenials: 'model_not_allowed budget_exceeded',
  costNanoUsd: 9_007_199_254_740_991,
  receipt: '{"lines":[]}',
  attempts: '[]',
  calls: null,
}
const WRITTEN_OPEN =
  'O{"id":"req_019ab1c2d3e47abc8123456789abcdef","apiKeyId":7,"method":"POST","endpoint":"/v1/chat/completions","clientIp":"::ffff:10.0.0.1","userAgent":"OpenAI/Python 2.8.0","usedSecret":"FORMER","httpStatus":200,"errorCode":"upstream_reset","errorMessage":"It said \\"no\\" \u2028","upstream":"openai","upstreamRequestId":"chatcmpl-1","requestedModel":"auto","resolvedModel":"gpt-5","streamed":true,"finishReason":"length","usageSource":"PROVIDER","inputTokens":10,"outputTokens":0,"cachedInputTokens":4,"reasoningTokens":2,"timeToFirstTokenMs":56,"requestBytes":2147483648,"responseBytes":1099511627776}'
const WRITTEN_CLOSE = `C${WRITTEN_OPEN.slice(1, -1)},"outcome":"INTERRUPTED","durationMs":1234,"closeCode":1011,"shadowDenials":"model_not_allowed budget_exceeded","costNanoUsd":9007199254740991,"receipt":"{\\"lines\\":[]}","attempts":"[]"}`

describe('a line', () => {
  test('of a released version is read, with null for what that version had not', () => {
    expect(parseLine(WRITTEN_CLOSE)).toEqual({ kind: 'close', record: WRITTEN })
    const { outcome, durationMs, closeCode, shadowDenials, costNanoUsd, receipt, attempts, calls, ...call } =
      WRITTEN
    expect(parseLine(WRITTEN_OPEN)).toMatchObject({ kind: 'open', call })
  })

  test('has the bytes of released versions', () => {
    expect(openLine(WRITTEN)).toBe(WRITTEN_OPEN)
    expect(closeLine(WRITTEN)).toBe(WRITTEN_CLOSE)
  })

  test('has all of a closed call, and is JSON without a line end', () => {
    fc.assert(
      fc.property(fc.record(closed), (record) => {
        const line = closeLine(record)
        expect(line).not.toMatch(/[\n\r]/)
        expect(parseLine(line)).toEqual({ kind: 'close', record })
      }),
    )
  })

  test('has all of an open call', () => {
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
      ['calls', -1],
      ['userAgent', 1],
    ]
    const [record] = fc.sample(fc.record(closed), 1)
    expect(parseLine(`C${JSON.stringify(record)}`)).not.toBeNull()
    for (const [name, value] of wrong)
      expect(parseLine(`C${JSON.stringify({ ...record, [name]: value })}`), name).toBeNull()
  })
})

function arbitraryRecord(isWanted: (column: Column) => boolean) {
  const wanted = COLUMN_NAMES.filter((name) => isWanted(columnOf(name)))
  const arbitraryFor = (column: Column) =>
    column.known === 'LATER' ? fc.constant(null) : arbitraryOf(column)
  return Object.fromEntries(wanted.map((name) => [name, arbitraryFor(columnOf(name))])) as {
    [Name in keyof CallRecord]: fc.Arbitrary<CallRecord[Name]>
  }
}

function arbitraryOf({ type, nullable, members = [] }: Column): fc.Arbitrary<unknown> {
  const values = {
    ID: () => fc.stringMatching(/^req_[0-9a-f]{32}$/),
    TEXT: () => fc.string({ unit: 'binary', maxLength: 40 }),
    ENUM: () => fc.constantFrom(...members),
    BOOLEAN: () => fc.boolean(),
    INT: () => fc.nat({ max: 2 ** 31 - 1 }),
    BIGINT: () => fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  } satisfies Record<Column['type'], () => fc.Arbitrary<unknown>>
  const value: fc.Arbitrary<unknown> = values[type]()
  return nullable ? fc.option(value, { nil: null, freq: 3 }) : value
}
