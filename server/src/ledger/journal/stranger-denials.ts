// Bounds the rows of denied calls that have no known key, so that strangers cannot fill the disk. Of each minute, the first few
// calls of a network have a row each. The others are counted, and at the end of the minute a row stands for all that are alike.
//
// Owner: the call log of one process; each worker has one of its own. Key: network, error, method and path. Bound: ROWS_MAX and
// GROUPS_MAX, and one more for each error code. Lifetime: a minute of the clock. What a killed process had counted in its last
// minute is lost.
import { networkOf } from '../../domain/client-network.ts'
import { WIRE_ROOT } from '../../domain/endpoints/endpoints.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { MINUTE_MS } from '../../domain/time.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'

// Enough to see what a client does wrong.
const NETWORK_ROWS_MAX = 30
// All that a minute adds: 170,000 rows a day while strangers of many networks keep at it.
const ROWS_MAX = 60
const GROUPS_MAX = 60
// Who invents paths must not take the groups of others.
const NETWORK_GROUPS_MAX = 5
const INT_MAX = 2 ** 31 - 1

export type StrangerDenials = {
  /** True: the call has been counted, and must not be written by itself. False for every call that is none of a stranger. */
  counts(record: CallRecord): boolean
  /** Writes what has been counted. */
  flush(): void
}

type Group = { record: CallRecord; calls: number; durationMs: number }

/** `write` takes the rows that stand for many calls. */
export function createStrangerDenials(write: (record: CallRecord) => void): StrangerDenials {
  const rowsOf = new Map<string, number>()
  const groupsOf = new Map<string, number>()
  const groups = new Map<string, Group>()
  let minute = 0
  let rows = 0
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const ended = [...groups.values()]
    for (const map of [rowsOf, groupsOf, groups]) map.clear()
    rows = 0
    for (const group of ended) write(rowOf(group))
  }

  function hasRow(network: string): boolean {
    const ofNetwork = rowsOf.get(network) ?? 0
    if (rows >= ROWS_MAX || ofNetwork >= NETWORK_ROWS_MAX) return false
    rowsOf.set(network, ofNetwork + 1)
    rows++
    return true
  }

  /** The group of a call: as particular as there is room for. */
  function groupOf(record: CallRecord, network: string): Group {
    const { errorCode, method, endpoint } = record
    const clientIp = network === '' ? null : network
    const alike = `${network}\n${errorCode}\n${method} ${endpoint}`
    const known = groups.get(alike)
    if (known !== undefined) return known
    const ofNetwork = groupsOf.get(network) ?? 0
    if (groups.size < GROUPS_MAX && ofNetwork < NETWORK_GROUPS_MAX) {
      groupsOf.set(network, ofNetwork + 1)
      return newGroup(alike, { ...record, clientIp })
    }
    const anyPath = { ...record, method: '*', endpoint: `${WIRE_ROOT}/*` }
    const ofPaths = `${network}\n${errorCode}`
    if (groups.has(ofPaths) || groups.size < GROUPS_MAX)
      return groups.get(ofPaths) ?? newGroup(ofPaths, { ...anyPath, clientIp })
    const ofAll = errorCode ?? ''
    return groups.get(ofAll) ?? newGroup(ofAll, { ...anyPath, clientIp: null })
  }

  function newGroup(key: string, record: CallRecord): Group {
    const group = { record: { ...record, requestBytes: 0, responseBytes: 0 }, calls: 0, durationMs: 0 }
    groups.set(key, group)
    timer ??= setTimeout(flush, MINUTE_MS - (Date.now() % MINUTE_MS)).unref()
    return group
  }

  return {
    counts(record) {
      if (record.apiKeyId !== null || record.outcome !== 'DENIED') return false
      const at = Math.floor(requestIdTimeMs(record.id) / MINUTE_MS)
      if (at > minute) {
        flush()
        minute = at
      }
      const network = record.clientIp === null ? '' : networkOf(record.clientIp)
      if (hasRow(network)) return false
      const group = groupOf(record, network)
      group.calls++
      group.durationMs += record.durationMs
      group.record.requestBytes += record.requestBytes
      group.record.responseBytes += record.responseBytes
      return true
    },
    flush,
  }
}

function rowOf({ record, calls, durationMs }: Group): CallRecord {
  if (calls === 1) return record
  return {
    ...record,
    calls: Math.min(calls, INT_MAX),
    durationMs: Math.round(durationMs / calls),
    userAgent: null,
    errorMessage: `${calls} calls of one minute, counted together. ${record.errorMessage ?? ''}`,
  }
}
