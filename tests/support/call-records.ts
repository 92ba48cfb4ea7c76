// Call records and journals made by hand.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { mintRequestId } from '@latchkey/server/domain/uuid.ts'
import { encodeFrame } from '@latchkey/server/ledger/journal/frame.ts'
import { segmentName } from '@latchkey/server/ledger/journal/journal.ts'
import { headLine } from '@latchkey/server/ledger/journal/line.ts'

/** The record of an answered call. */
export function callRecord(facts: Partial<CallRecord> = {}): CallRecord {
  return {
    id: mintRequestId(),
    apiKeyId: null,
    method: 'POST',
    endpoint: '/v1/chat/completions',
    outcome: 'SUCCESS',
    httpStatus: 200,
    errorCode: null,
    errorMessage: null,
    upstream: 'default',
    upstreamRequestId: null,
    requestedModel: 'm1',
    resolvedModel: 'm1',
    streamed: false,
    finishReason: 'stop',
    closeCode: null,
    shadowDenials: null,
    costNanoUsd: null,
    receipt: null,
    attempts: null,
    usedSecret: null,
    usageSource: 'PROVIDER',
    inputTokens: 10,
    outputTokens: 20,
    cachedInputTokens: 0,
    reasoningTokens: null,
    durationMs: 100,
    timeToFirstTokenMs: null,
    requestBytes: 1_000,
    responseBytes: 2_000,
    clientIp: '127.0.0.1',
    userAgent: 'test',
    ...facts,
  }
}

/** Writes a segment as a process that was killed has left it; answers its path. */
export function writeSegment(
  folder: string,
  runId: string,
  number: number,
  lines: string[],
  head: string = headLine(runId),
): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, segmentName(runId, number))
  writeFileSync(path, Buffer.concat([head, ...lines].map(encodeFrame)))
  return path
}
