// What was said in a call, for the keys whose content is captured.
import type { CapturedContent } from '@latchkey/server/domain/content/captured-content.ts'
import { keptContent } from '@latchkey/server/domain/content/content-capture.ts'
import { secretMark } from '@latchkey/server/domain/content/find-secrets.ts'
import { requestShape } from '@latchkey/server/domain/content/request-shape.ts'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import type { ContentCapture } from '@latchkey/server/domain/policy/key-policy.ts'
import { DAY_MS } from '@latchkey/server/domain/time.ts'

// As LATCHKEY_CONTENT_RETENTION_DAYS has it by default; what is older would be removed at once.
const KEPT_MS = 7 * DAY_MS
const LIMIT = 262_144

/** The content of a call that has ended; null where its key's is not captured, or would have been removed since. */
export function contentOf(
  record: CallRecord,
  capture: ContentCapture | null,
  secret: string,
  ageMs: number,
): CapturedContent | null {
  const kept = keptContent(capture ?? 'OFF', record.outcome)
  if (kept === 'NOTHING' || ageMs > KEPT_MS || record.upstream === null) return null
  const request = {
    model: record.requestedModel,
    stream: record.streamed,
    messages: [
      { role: 'system', content: 'You keep the contacts of a small shop in order. Reply in one sentence.' },
      {
        role: 'user',
        content: `Two entries may be the same person: ${PAIRS[record.durationMs % PAIRS.length]}`,
      },
    ],
  }
  const response =
    record.errorCode === null
      ? {
          id: record.upstreamRequestId,
          object: 'chat.completion',
          choices: [
            {
              index: 0,
              message: { role: 'assistant', content: 'They are the same: keep the newer address.' },
              finish_reason: record.finishReason,
            },
          ],
          usage: { prompt_tokens: record.inputTokens, completion_tokens: record.outputTokens },
        }
      : { error: { message: record.errorMessage, code: record.errorCode } }
  const isWhole = kept === 'CONTENT'
  return {
    id: record.id,
    kept,
    shape: isWhole ? null : requestShape(request),
    secretMark: secretMark(secret),
    request: bodyOf(isWhole ? request : null),
    response: bodyOf(isWhole ? response : null),
  }
}

const PAIRS = [
  'A. Lovelace, Marylebone, and Ada Lovelace, St James’s Square.',
  '王小明（上海）和 王晓明（上海浦东）。',
  'Grace Hopper <grace@navy.example> and G. M. Hopper <hopper@navy.example>.',
]

function bodyOf(json: object | null) {
  const type = 'application/json'
  const bytes = json === null ? null : Buffer.from(JSON.stringify(json))
  return { type, bytes, limit: LIMIT, truncated: false }
}
