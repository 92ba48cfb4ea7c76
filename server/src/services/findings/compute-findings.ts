// Computes all findings from rollups, the newest request logs and memory: a few queries, however many keys there are.
import { setImmediate as turn } from 'node:timers/promises'
import { isNearlyFull } from '../../domain/findings/disk-space.ts'
import { type Finding, finding } from '../../domain/findings/finding.ts'
import type { KeyFact, RecentCalls } from '../../domain/findings/key-facts.ts'
import { type BudgetUse, keyFindings, UNUSED_MODELS_MS } from '../../domain/findings/key-findings.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import type { KeyPolicy } from '../../domain/policy/key-policy.ts'
import { budgetWindowAt } from '../../domain/policy/windows.ts'
import { nanoUsdOf } from '../../domain/pricing/money.ts'
import { DAY_MS, MINUTE_MS } from '../../domain/time.ts'
import { isLoopbackHost } from '../../domain/upstreams/loopback-host.ts'
import { environmentUpstreamId, upstreamId } from '../../domain/upstreams/upstream-id.ts'
import { mergeStatuses } from '../../domain/upstreams/upstream-status.ts'
import {
  readKeyFacts,
  readModelsUsed,
  readRecentCalls,
  readSpend,
} from '../../store/queries/findings/key-facts.ts'
import { readAdmins, readFirstEvent, readPlainUpstreams } from '../../store/queries/findings/other-facts.ts'
import { backupFolder, readFolder } from '../backups/backup-folder.ts'
import { readExternalBackups } from '../backups/external-backups.ts'
import type { ControlPlane } from '../control-plane.ts'
import { modelFindings } from './model-findings.ts'

// Of the newest calls: what fails now has failed within.
const RECENT_MS = 15 * MINUTE_MS
const RECENT_MAX = 20_000
// Windows of budgets that differ in their beginning, by their time zones.
const SPEND_QUERIES_MAX = 16
const BACKUP_EVERY_MS = 7 * DAY_MS
// Keys whose policies are read in one turn of the event loop: some milliseconds.
const KEYS_PER_TURN = 250

/** All findings, those of keys first. Rejects where the database fails. */
export async function computeFindings(plane: ControlPlane): Promise<Finding[]> {
  const nowMs = plane.clock()
  const { store } = plane
  const keys = await readKeyFacts(store, nowMs)
  const policies = await policiesOf(keys)
  const spend = createSpend(plane, nowMs)
  const listed = keys
    .filter(({ id }) => (policies.get(id)?.models?.allow.length ?? 0) > 0)
    .map(({ id }) => id)
  const used = await readModelsUsed(store, listed, nowMs - UNUSED_MODELS_MS)
  const recent = byKey(await readRecentCalls(store, nowMs - RECENT_MS, RECENT_MAX))
  const found: Finding[] = []
  for (const [at, key] of keys.entries()) {
    const policy = policies.get(key.id) ?? null
    const budgets = await spend.budgetsOf(key.id, policy)
    const facts = {
      key,
      policy,
      budgets,
      recent: recent.get(key.id) ?? [],
      modelsUsed: used.get(key.id) ?? null,
    }
    found.push(...keyFindings(facts, nowMs))
    if (at % KEYS_PER_TURN === KEYS_PER_TURN - 1) await turn()
  }
  return [
    ...found,
    ...(await upstreamFindings(plane, nowMs)),
    ...(await modelFindings(plane, nowMs)),
    ...(await installFindings(plane)),
  ]
}

/** A policy that cannot be read has no findings; the key's own calls fail of it. */
async function policiesOf(keys: readonly KeyFact[]): Promise<Map<number, KeyPolicy | null>> {
  const policies = new Map<number, KeyPolicy | null>()
  for (const [at, { id, policy }] of keys.entries()) {
    try {
      policies.set(id, storedPolicy(policy))
    } catch {
      policies.set(id, null)
    }
    if (at % KEYS_PER_TURN === KEYS_PER_TURN - 1) await turn()
  }
  return policies
}

/** What keys have spent of their budgets for all models, each window read once for all keys. */
function createSpend({ store }: ControlPlane, nowMs: number) {
  const byStart = new Map<number, Promise<Map<number, number>>>()
  return {
    async budgetsOf(keyId: number, policy: KeyPolicy | null): Promise<BudgetUse[]> {
      const uses: BudgetUse[] = []
      for (const { window, timeZone, limitUsd, model } of policy?.budgets ?? []) {
        if (model !== null) continue
        const { startMs } = budgetWindowAt(window, timeZone, nowMs)
        if (!byStart.has(startMs) && byStart.size >= SPEND_QUERIES_MAX) continue
        const spend = byStart.get(startMs) ?? readSpend(store, startMs === 0 ? null : startMs)
        byStart.set(startMs, spend)
        const spentNanoUsd = (await spend).get(keyId) ?? 0
        uses.push({
          window,
          timeZone,
          startMs,
          spentNanoUsd,
          limitNanoUsd: Number(nanoUsdOf(limitUsd) ?? 0n),
        })
      }
      return uses
    },
  }
}

async function upstreamFindings(plane: ControlPlane, nowMs: number): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { id, name, baseUrl, updatedMs } of await readPlainUpstreams(plane.store)) {
    if (isLoopbackHost(new URL(baseUrl).hostname)) continue
    found.push(
      finding(
        'UPSTREAM_PLAIN_HTTP',
        { type: 'Upstream', id: upstreamId(id), label: name },
        // A change after it was set up so may have been of anything else.
        { sinceMs: updatedMs, sinceAtLeast: true },
      ),
    )
  }
  for (const { name, baseUrl } of plane.environmentUpstreams) {
    const { protocol, hostname } = new URL(baseUrl)
    if (protocol !== 'http:' || isLoopbackHost(hostname)) continue
    const target = { type: 'Upstream', id: environmentUpstreamId(name), label: name } as const
    found.push(finding('UPSTREAM_PLAIN_HTTP', target))
  }
  for (const status of mergeStatuses(plane.upstreamStatuses(), nowMs)) {
    const untilMs = Math.max(status.retryAtMs ?? 0, ...status.coolingDown.map((cooldown) => cooldown.untilMs))
    if (status.breaker === 'CLOSED' && status.coolingDown.length === 0) continue
    const id =
      status.upstreamId === null ? environmentUpstreamId(status.upstream) : upstreamId(status.upstreamId)
    const errorCode = status.failure ?? status.coolingDown[0]?.reason
    const detail = { ...(untilMs > 0 && { atMs: untilMs }), ...(errorCode !== undefined && { errorCode }) }
    found.push(finding('UPSTREAM_COOLING_DOWN', { type: 'Upstream', id, label: status.upstream }, { detail }))
  }
  return found
}

async function installFindings(plane: ControlPlane): Promise<Finding[]> {
  const found: Finding[] = []
  const admins = await readAdmins(plane.store)
  if (admins.count === 1 && admins.name === 'admin') found.push(finding('ADMIN_ALONE', null))
  if (admins.withoutFactor > 0) found.push(finding('ADMIN_WITHOUT_SECOND_FACTOR', null))
  const safeMs = await lastSafeMs(plane)
  if (safeMs !== null && plane.clock() - safeMs >= BACKUP_EVERY_MS)
    found.push(finding('NO_BACKUP_IN_7_DAYS', null, { sinceMs: safeMs + BACKUP_EVERY_MS }))
  const space = await plane.diskSpace()
  if (space !== null && isNearlyFull(space)) found.push(finding('DISK_NEARLY_FULL', null))
  const isPublic = !isLoopbackHost(plane.listensOn)
  if (isPublic && plane.publicUrl?.startsWith('https:') !== true)
    found.push(finding('LISTENS_WITHOUT_TLS', null))
  return found
}

/** When the last backup was made, or, where none was, the first change; null: nothing is there to lose. */
async function lastSafeMs({ store, dataDir }: ControlPlane): Promise<number | null> {
  const [noted] = await readExternalBackups(store)
  const [made] = readFolder(backupFolder(dataDir))
  const last = Math.max(noted?.createdMs ?? 0, made?.createdMs ?? 0)
  return last > 0 ? last : readFirstEvent(store)
}

function byKey(calls: readonly RecentCalls[]): Map<number, RecentCalls[]> {
  const map = new Map<number, RecentCalls[]>()
  for (const call of calls) {
    const list = map.get(call.apiKeyId) ?? []
    list.push(call)
    map.set(call.apiKeyId, list)
  }
  return map
}
