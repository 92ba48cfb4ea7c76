// Prepares the content of calls for storage: redacted, truncated to its limit, deflated.
import { deflateRawSync } from 'node:zlib'
import type { CapturedBody, StoredContent } from '../../domain/content/captured-content.ts'
import { FINDERS, type Finder, findMarked } from '../../domain/content/find-secrets.ts'
import { redact } from '../../domain/content/redact.ts'
import type { RedactionRules } from '../../domain/content/redaction-rules.ts'
import { requestShapeOf } from '../../domain/content/request-shape.ts'
import { wholeText } from '../../domain/content/whole-text.ts'
import type { ContentLine } from '../journal/content-line.ts'
import { findPatterns } from './own-patterns.ts'

// Event streams shrink to a tenth; a higher level saves little more and takes longer.
const DEFLATE_LEVEL = 3
// For an admin's patterns over all of a batch, whose records wait for it: content beyond that time is not stored.
const PATTERNS_MAX_MS = 5_000

/** Prepares the content of one batch; `pause` as in IngestBatch. Blocks its thread: not for the main one. Never throws. */
export type ContentPreparer = (lines: readonly ContentLine[], pause?: () => void) => StoredContent[]

/** @param nowMs milliseconds that only ever go up. */
export function createContentPreparer(
  { names, patterns }: RedactionRules,
  nowMs?: () => number,
): ContentPreparer {
  const builtIn = names.map((name) => FINDERS[name])
  const own = findPatterns(patterns, nowMs)
  return (lines, pause) => {
    own.allow(PATTERNS_MAX_MS)
    return lines.map((line) => {
      pause?.()
      if (line.kept !== 'CONTENT') return withoutWords(line, line.kept)
      try {
        return stored(line, [findMarked(line.secretMark), ...builtIn, ...own.finders])
      } catch {
        // Content that has not been redacted is not stored.
        return withoutWords(line, 'NOT_REDACTED')
      }
    })
  }
}

function stored(line: ContentLine, finders: readonly Finder[]): StoredContent {
  const request = textOf(line.request, finders)
  const response = textOf(line.response, finders)
  return {
    ...withoutWords(line, 'CONTENT'),
    // Of the redacted text: a name may be a secret, too.
    shape: request.text === null || request.truncated ? null : requestShapeOf(request.text),
    request: request.deflated,
    requestTruncated: request.truncated,
    response: response.deflated,
    responseTruncated: response.truncated,
    redactions: request.redactions + response.redactions,
  }
}

function textOf({ type, bytes, limit, truncated }: CapturedBody, finders: readonly Finder[]) {
  if (bytes === null) return { deflated: null, text: null, truncated: false, redactions: 0 }
  const text = wholeText(bytes)
  const max = bytes.length <= limit ? text.length : wholeText(bytes, limit).length
  const isEventStream = /^text\/event-stream\b/i.test(type ?? '')
  const redacted = redact(text, max, finders, isEventStream)
  return {
    deflated: deflateRawSync(redacted.text, { level: DEFLATE_LEVEL }),
    text: redacted.text,
    truncated,
    redactions: redacted.redactions,
  }
}

function withoutWords(line: ContentLine, kept: StoredContent['kept']): StoredContent {
  return {
    id: line.id,
    kept,
    shape: line.shape,
    requestType: line.request.type,
    request: null,
    requestTruncated: false,
    responseType: line.response.type,
    response: null,
    responseTruncated: false,
    redactions: 0,
  }
}
