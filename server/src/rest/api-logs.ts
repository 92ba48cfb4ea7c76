// /api/api-logs and /api/api-keys/{key_id}/logs: request logs, by page number.
import type { CallRecord } from '../domain/logs/call-record.ts'
import { requestIdTimeMs } from '../domain/uuid.ts'
import { countRequestLogs, findRequestLogs, type RequestLogFilter } from '../services/usage/read-account.ts'
import { existingKey } from './api-keys.ts'
import { readPage, readStatus } from './parameters.ts'
import type { RestCall } from './rest-call.ts'

/**
 * GET /api/api-logs?page=1&page_size=50&key_id=1&status=success → `{logs, total, page, page_size}`, newest first.
 * page: 1 to 1,000,000; page_size: 1 to 100. Far pages are slow: GraphQL's cursors are not.
 */
export async function listLogs(call: RestCall) {
  const keyId = call.query.get('key_id')
  return logsPage(call, keyId === null ? {} : { apiKeyIds: [(await existingKey(call, keyId)).id] })
}

/** GET /api/api-keys/{key_id}/logs?page=1&page_size=50&status=success → as /api/api-logs. */
export async function listLogsOfKey(call: RestCall) {
  return logsPage(call, { apiKeyIds: [(await existingKey(call, call.keyId)).id] })
}

async function logsPage({ plane, actor, query }: RestCall, ofKey: RequestLogFilter) {
  const { page, pageSize, limit, offset } = readPage(query)
  const filter = { ...ofKey, outcomes: readStatus(query) }
  const [logs, total] = await Promise.all([
    findRequestLogs(plane, actor, filter, { limit, offset }),
    countRequestLogs(plane, actor, filter),
  ])
  return { logs: logs.map(logRow), total, page, page_size: pageSize }
}

/** The columns of the original product. */
function logRow(log: CallRecord) {
  return {
    id: log.id,
    api_key_id: log.apiKeyId,
    timestamp: new Date(requestIdTimeMs(log.id)).toISOString(),
    model: log.requestedModel,
    status: log.outcome === 'SUCCESS' ? 'success' : 'error',
    response_time: log.durationMs,
    ip_address: log.clientIp,
    endpoint: log.endpoint,
    error_message: log.errorMessage,
    request_size: log.requestBytes,
    response_size: log.responseBytes,
  }
}
