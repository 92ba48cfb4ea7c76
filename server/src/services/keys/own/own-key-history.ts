// The last days of one key: its calls and spend by day, what denied it, and its latest errors.
import { type KeyHistory, type KeyUsage, OWN_KEY_MAX } from '../../../domain/keys/own-key.ts'
import { OUTCOMES } from '../../../domain/logs/call-record.ts'
import { DAY_MS } from '../../../domain/time.ts'
import { countByValue } from '../../../ledger/logs/request-log-counts.ts'
import { searchRequestLogs } from '../../../ledger/logs/request-log-search.ts'
import { readKeyDays } from '../../../store/queries/keys/key-days.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { ownLog } from './own-log.ts'

const FAILED = OUTCOMES.filter((outcome) => outcome !== 'SUCCESS')

/** `days`: 1 to OWN_KEY_MAX.historyDays, today included. Reads at most SCAN_MAX rows of the key's logs, each time it looks. */
export async function ownKeyHistory(plane: ControlPlane, keyId: number, days: number): Promise<KeyHistory> {
  const nowMs = plane.clock()
  const today = Math.floor(nowMs / DAY_MS)
  const all = Array.from({ length: days }, (_, at) => today - days + 1 + at)
  const range = { apiKeyIds: [keyId], fromMs: (today - days + 1) * DAY_MS, toMs: nowMs + 1 }
  await plane.ledger.settled()
  const [found, denials, errors] = await Promise.all([
    readKeyDays(plane.store, keyId, all),
    countByValue(plane.store, { ...range, outcomes: ['DENIED'] }, 'ERROR_CODE', OWN_KEY_MAX.denialCodes),
    searchRequestLogs(plane.store, { ...range, outcomes: FAILED }, { limit: OWN_KEY_MAX.recentErrors }),
  ])
  const byDay = new Map(found.map((day) => [day.day, day]))
  return {
    days: all.map((day) => {
      const totals = byDay.get(day) ?? NOTHING
      const { calls, successes, denied, cancelled, interrupted } = totals
      return { ...totals, day, errors: calls - successes - denied - cancelled - interrupted }
    }),
    denials: denials.values.map(({ value, count }) => ({ errorCode: value, calls: count })),
    denialsPartial: denials.partial,
    recentErrors: errors.records.map(ownLog),
  }
}

const NOTHING: Omit<KeyUsage, 'errors'> = {
  calls: 0,
  successes: 0,
  denied: 0,
  cancelled: 0,
  interrupted: 0,
  inputTokens: 0,
  outputTokens: 0,
  costNanoUsd: 0,
}
