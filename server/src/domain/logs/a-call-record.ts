// The record that tests start from, from the table of columns.
import { CHAT_COMPLETIONS_PATH } from '../endpoints/endpoints.ts'
import { mintRequestId } from '../uuid.ts'
import type { CallRecord } from './call-record.ts'
import { newRecord } from './generated/new-record.ts'

/** The record of a call that succeeded with a new id, and with the members that a test wants. Columns not named here are null. */
export function aCallRecord(facts: Partial<CallRecord> = {}): CallRecord {
  return {
    ...newRecord(mintRequestId(), 'POST', CHAT_COMPLETIONS_PATH),
    outcome: 'SUCCESS',
    httpStatus: 200,
    upstream: 'default',
    requestedModel: 'm1',
    resolvedModel: 'm1',
    finishReason: 'stop',
    usageSource: 'PROVIDER',
    inputTokens: 10,
    outputTokens: 20,
    cachedInputTokens: 0,
    durationMs: 100,
    requestBytes: 1_000,
    responseBytes: 2_000,
    clientIp: '127.0.0.1',
    userAgent: 'test',
    ...facts,
  }
}
