// From what a call left of its content to what is stored of it: redacted, cut to its limit, deflated.
import { deflateRawSync } from 'node:zlib'
import type { CapturedBody, StoredContent } from '../../domain/content/captured-content.ts'
import { FINDERS, type Finder, findMarked } from '../../domain/content/find-secrets.ts'
import { redact } from '../../domain/content/redact.ts'
import type { RedactionRules } from '../../domain/content/redaction-rules.ts'
import { requestShapeOf } from '../../domain/content/request-shape.ts'
import { wholeText } from '../../domain/content/whole-text.ts'
import type { ContentLine } from '../journal/content-line.ts'
import { findPatterns } from './own-patterns.ts'

// Event streams shrink to a tenth; what more a higher level saves, it takes in time.
const DEFLATE_LEVEL = 3
// For an admin's patterns over all of a batch, whose records wait for it: content that there is no time for is not kept.
const PATTERNS_MAX_MS = 5_000

/** Prepares the content of one batch. Blocks its thread: not for the main one. Never throws. */
export type ContentPreparer = (lines: readonly ContentLine[]) => StoredContent[]

/** @param nowMs milliseconds that only ever go up. */
export function createContentPreparer(
  { names, patterns }: RedactionRules,
  nowMs?: () => number,
): ContentPreparer {
  const builtIn = names.map((name) => FINDERS[name])
  const own = findPatterns(patterns, nowMs)
  return (lines) => {
    own.allow(PATTERNS_MAX_MS)
    return lines.map((line) => {
      if (line.kept !== 'CONTENT') return withoutWords(line, line.kept)
      try {
        return stored(line, [findMarked(line.secretMark), ...builtIn, ...own.finders])
      } catch {
        // Words that have not been looked through are not kept.
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
    // Of what is left: a name may be a secret, too.
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
