// Rebuilds the rollups from the request logs.

import { DAY_MS, HOUR_MS } from '../../domain/time.ts'
import { DELETED_KEYS, deletedKindOf, KINDS, USAGE_DIMENSIONS } from '../../domain/usage/rollup.ts'
import { Rollups } from '../../domain/usage/rollups.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { firstRollupHour } from '../../store/queries/usage.ts'
import { readRollups } from '../../store/queries/usage-rollups.ts'
import type { Store } from '../../store/store.ts'
import type { Ingestion } from '../ingest/ingestion.ts'
import { findRequestLogs } from '../logs/request-logs.ts'

const PAGE = 1_000

/**
 * Replaces the rollups of every hour whose request logs are there, then those of their days. Rollups of hours whose logs have
 * expired, all or some, stay, and so does what deleted keys used. Nothing may ingest meanwhile. Returns how many records were counted.
 *
 * `rollupsBeforeMs`: rollups before then have expired and are not made again, since what keys spent in them has been carried over.
 */
export async function rebuildRollups(
  store: Store,
  ingestion: Ingestion,
  rollupsBeforeMs: number | null = null,
): Promise<number> {
  const firstKept = rollupsBeforeMs === null ? 0 : Math.floor(rollupsBeforeMs / HOUR_MS)
  let records = 0
  let hour = -1
  let firstHour = -1
  let expiring: number | null = null
  let rollups = new Rollups()
  let newerThan = `req_${'0'.repeat(32)}`
  for (;;) {
    const page = (await findRequestLogs(store, { removedToo: true }, { limit: PAGE, newerThan })).reverse()
    for (const record of page) {
      const at = Math.floor(requestIdTimeMs(record.id) / HOUR_MS)
      expiring ??= await expiringHour(store, at)
      if (at === expiring || at < firstKept) continue
      if (at !== hour) {
        if (hour !== -1) await replaceHours(store, ingestion, { from: hour, to: at }, rollups)
        if (firstHour === -1) firstHour = at
        hour = at
        rollups = new Rollups()
      }
      rollups.add(record)
      records++
    }
    newerThan = page.at(-1)?.id ?? newerThan
    if (page.length < PAGE) break
  }
  if (hour === -1) return 0
  await replaceHours(store, ingestion, { from: hour, to: hour + 1 }, rollups)
  const perDay = DAY_MS / HOUR_MS
  // A day some of whose hours have expired is more than the hours that remain.
  const firstDay = Math.max(Math.floor(firstHour / perDay), Math.ceil(firstKept / perDay))
  for (let day = firstDay; day <= Math.floor(hour / perDay); day++) {
    const days = new Rollups()
    for (const dimension of USAGE_DIMENSIONS) {
      const hours = { from: day * perDay, to: (day + 1) * perDay }
      for (const { value, rollup } of await readRollups(store, `${dimension}_HOUR`, 0, hours)) {
        days.merge({ kind: `${dimension}_DAY`, apiKeyId: 0, bucket: day, value }, rollup)
      }
    }
    await ingestion.replaceRollups('DAY', day, day + 1, days)
  }
  return records
}

/** `rollups`: of the request logs. What deleted keys used is added, whose request logs are gone. */
async function replaceHours(
  store: Store,
  ingestion: Ingestion,
  hours: { from: number; to: number },
  rollups: Rollups,
): Promise<void> {
  for (const kind of KINDS.HOUR) {
    const deleted = deletedKindOf(kind)
    if (deleted === null) continue
    for (const { bucket, value, rollup } of await readRollups(store, deleted, 0, hours)) {
      rollups.merge({ kind, apiKeyId: 0, bucket, value }, rollup)
      if (kind === 'TOTAL_HOUR')
        rollups.merge({ kind: 'KEY_HOUR', apiKeyId: 0, bucket, value: DELETED_KEYS }, rollup)
    }
  }
  await ingestion.replaceRollups('HOUR', hours.from, hours.to, rollups)
}

/** The hour of the oldest log, where there are rollups of earlier hours: some of its logs may have expired. -1: none. */
async function expiringHour(store: Store, oldestHour: number): Promise<number> {
  const first = await firstRollupHour(store)
  return first !== null && first < oldestHour ? oldestHour : -1
}
