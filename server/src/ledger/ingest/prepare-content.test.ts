import { inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { CapturedBody } from '../../domain/content/captured-content.ts'
import { mintRequestId } from '../../domain/uuid.ts'
import type { ContentLine } from '../journal/content-line.ts'
import { createContentPreparer } from './prepare-content.ts'

const none: CapturedBody = { type: null, bytes: null, limit: 0, truncated: false }

function lineOf(text: string, facts: Partial<ContentLine> = {}): ContentLine {
  const bytes = Buffer.from(text)
  const request = { type: 'application/json', bytes, limit: bytes.length, truncated: false }
  return {
    id: mintRequestId(),
    kept: 'CONTENT',
    request,
    response: none,
    shape: null,
    secretMark: '',
    ...facts,
  }
}

const words = (deflated: Uint8Array | null | undefined) =>
  deflated ? inflateRawSync(deflated).toString('utf8') : null

test('text is redacted by every rule and pattern, truncated and deflated; their shape is read before that', () => {
  const prepare = createContentPreparer({ names: ['email'], patterns: ['ACME-\\d+', '\\bword\\b'] })
  const body = JSON.stringify({
    messages: [{ role: 'user', content: 'jane@example.com ACME-1\nword wordy' }],
  })
  const [stored] = prepare([lineOf(body)])
  expect(JSON.parse(words(stored?.request) ?? '').messages[0].content).toBe(
    '[email] [redacted]\n[redacted] wordy',
  )
  expect(stored).toMatchObject({
    redactions: 3,
    shape: { messages: 1 },
    response: null,
    requestTruncated: false,
  })
})

test('metadata and what was dropped stay as they are', () => {
  const prepare = createContentPreparer({ names: [], patterns: [] })
  const shape = { messages: 1, roles: {}, tools: [], parameters: {} }
  const stored = prepare([
    lineOf('', { kept: 'METADATA', shape, request: none }),
    lineOf('', { kept: 'DROPPED', request: none }),
  ])
  expect(stored).toMatchObject([
    { kept: 'METADATA', shape, request: null },
    { kept: 'DROPPED', shape: null, request: null },
  ])
})

test('a pattern that never ends takes a bounded time, and only the content that it searches is not stored', () => {
  const prepare = createContentPreparer({ names: [], patterns: ['(z+)+$'] })
  const stored = prepare([lineOf('first'), lineOf(`${'z'.repeat(60)}!`), lineOf('last')])
  expect(stored.map(({ kept }) => kept)).toEqual(['CONTENT', 'NOT_REDACTED', 'CONTENT'])
})

test('patterns have a time for a whole batch; the next one begins anew', () => {
  let clockMs = 0
  // Each is looked for from one second to the next.
  const prepare = createContentPreparer({ names: [], patterns: ['a', 'b'] }, () => {
    clockMs += 1_000
    return clockMs
  })
  const lines = Array.from({ length: 4 }, () => lineOf('abc'))
  const kept = () => prepare(lines).map((stored) => stored.kept)
  expect(kept()).toEqual(['CONTENT', 'CONTENT', 'NOT_REDACTED', 'NOT_REDACTED'])
  expect(kept()).toEqual(['CONTENT', 'CONTENT', 'NOT_REDACTED', 'NOT_REDACTED'])
})
