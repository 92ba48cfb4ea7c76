// What Latchkey recorded of the calls of one scenario, compared with the responses of its upstream.
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { expect } from 'vitest'
import { fieldsOf } from '../clients/as-received.ts'
import type { Seen } from '../clients/seen-responses.ts'
import type { OpenAiExchange } from '../openai-upstream/openai-upstream.ts'
import { isObject } from '../openai-upstream/request.ts'
import type { TestLatchkey } from './latchkey.ts'
import { requestLogs } from './request-logs.ts'

/** The logs that are not among `before`: one a call. A call whose client disconnected is recorded once that is noticed. */
export async function newLogs(
  latchkey: TestLatchkey,
  before: Set<string>,
  calls: number,
): Promise<CallRecord[]> {
  const fresh = async () => (await requestLogs(latchkey)).filter(({ id }) => !before.has(id))
  await expect.poll(async () => (await fresh()).length).toBeGreaterThanOrEqual(calls)
  const logs = await fresh()
  expect(logs).toHaveLength(calls)
  return logs
}

/** One log for an exchange that a call of the application led to, with the upstream's response. */
export async function expectWrittenDown(
  { request, succeeded }: OpenAiExchange,
  logs: CallRecord[],
  seen: Seen[],
  threw: boolean,
): Promise<void> {
  const [log, ...others] = logs.filter(({ upstreamRequestId }) => upstreamRequestId === succeeded.id)
  // No response, so that the upstream's id is not known.
  if (succeeded.status === null && log === undefined) return
  expect(others).toEqual([])
  const responses = seen.filter(({ headers }) => headers['x-request-id'] === log?.id)
  expect(responses.map(({ status }) => status)).toEqual([succeeded.status])
  expect(log).toMatchObject({
    method: request.method,
    endpoint: request.path.split('?', 1)[0],
    httpStatus: succeeded.status,
    requestedModel: await modelIn(request),
  })
  // A client that disconnects, or raises in the middle of a stream, has not received the end, which holds the usage.
  if (log?.outcome === 'CANCELLED') return threw ? undefined : expect(succeeded.usage).toBeNull()
  if (!succeeded.failed)
    expect(log).toMatchObject({ outcome: (succeeded.status ?? 500) < 400 ? 'SUCCESS' : 'ERROR' })
  const usage = usageOf((isModelCall(request) && succeeded.usage) || {})
  // What an upstream does not report is at most an estimate.
  if (Object.values(usage).every((count) => count === null)) expect(log?.usageSource).not.toBe('PROVIDER')
  else expect(log).toMatchObject({ ...usage, usageSource: 'PROVIDER' })
}

async function modelIn({ json, headers, body }: OpenAiExchange['request']): Promise<string | null> {
  if (isObject(json)) return typeof json.model === 'string' ? json.model : null
  if (!headers['content-type']?.startsWith('multipart/form-data')) return null
  const field = (await fieldsOf({ headers, body })).find(([name]) => name === 'model')
  return field?.[1] ?? null
}

/** True where a model works; a look-up of an earlier response returns its usage again, and it counts once. */
function isModelCall({ method, path }: OpenAiExchange['request']): boolean {
  const [, endpoint = ''] = path.split('?', 1)[0]?.split('/v1/') ?? []
  return method === 'POST' && MODEL_ENDPOINTS.test(endpoint)
}

const MODEL_ENDPOINTS =
  /^(chat\/completions|completions|responses|responses\/compact|embeddings|images\/(generations|edits)|audio\/(speech|transcriptions|translations))$/

/** The counts of a usage object in each of OpenAI's dialects; null for those that it does not have. */
function usageOf(usage: Record<string, unknown>) {
  const inputDetails = usage.prompt_tokens_details ?? usage.input_tokens_details
  const outputDetails = usage.completion_tokens_details ?? usage.output_tokens_details
  return {
    inputTokens: usage.prompt_tokens ?? usage.input_tokens ?? null,
    outputTokens: usage.completion_tokens ?? usage.output_tokens ?? null,
    cachedInputTokens: isObject(inputDetails) ? (inputDetails.cached_tokens ?? null) : null,
    reasoningTokens: isObject(outputDetails) ? (outputDetails.reasoning_tokens ?? null) : null,
  }
}
