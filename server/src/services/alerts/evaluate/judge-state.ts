// What is wrong for a while: upstreams that take no calls, and the ledger.
import { thresholdOf } from '../../../domain/alerts/rules/alert-kinds.ts'
import type { Finding, Judgement } from '../../../domain/alerts/rules/plan-changes.ts'
import { freeMegabytes, isNearlyFull } from '../../../domain/findings/disk-space.ts'
import { environmentUpstreamId, upstreamId } from '../../../domain/upstreams/upstream-id.ts'
import { mergeStatuses, type UpstreamStatus } from '../../../domain/upstreams/upstream-status.ts'
import { publicReason } from '../../logs/ledger-health.ts'
import { lasting } from './alert-memory.ts'
import type { ActiveRule, AlertRound } from './alert-round.ts'

/** Upstreams that have had an open or half-open circuit breaker, or a credential in cooldown, for as long as the rule says. */
export function judgeUpstreams({ plane, memory, nowMs }: AlertRound, rule: ActiveRule): Judgement {
  const { scope } = rule
  const down = new Map<string, UpstreamStatus>()
  for (const status of mergeStatuses(plane.upstreamStatuses(), nowMs)) {
    const id =
      status.upstreamId === null ? environmentUpstreamId(status.upstream) : upstreamId(status.upstreamId)
    if (scope.type === 'UPSTREAMS' && !scope.upstreams.includes(id)) continue
    if (status.breaker !== 'CLOSED' || status.coolingDown.length > 0) down.set(id, status)
  }
  const afterMs = thresholdOf(rule.kind, rule.thresholds, 'afterSeconds') * 1_000
  const names = lasting(memory, `rule ${rule.id} `, new Set(down.keys()), afterMs, nowMs)
  const findings: Finding[] = []
  for (const [target, status] of down) {
    if (!names.has(target)) continue
    const state =
      status.breaker === 'CLOSED'
        ? `${status.coolingDown.length} of its credentials are cooling down`
        : 'its circuit breaker is open'
    const failure = status.failure ?? status.coolingDown[0]?.reason
    const why = failure === undefined ? '' : ` The last failure: ${failure}.`
    findings.push({ target, label: status.upstream, message: `The upstream is down: ${state}.${why}` })
  }
  return { findings, complete: true }
}

/** The journal that cannot be written, a disk that is nearly full, ingestion that fails, and records that wait for the database, each for as long as the rule says. */
export async function judgeLedger(
  { plane, memory, nowMs }: AlertRound,
  rule: ActiveRule,
): Promise<Judgement> {
  const state = plane.ledger.state()
  const problems = new Map<string, string>()
  if (!state.journalWritable)
    problems.set(
      'ledger_journal',
      'The journal cannot be written: the disk is full or fails. Records of calls wait in memory.',
    )
  const space = await plane.diskSpace()
  if (space !== null && isNearlyFull(space))
    problems.set('ledger_disk', `The disk of the data directory has ${freeMegabytes(space)} MB left.`)
  if (state.ingestError !== null)
    problems.set('ledger_ingestion', `Ingestion fails. ${publicReason(state.ingestError)}`)
  const backlogMb = Math.floor((state.lagBytes + state.heldBytes) / 1_000_000)
  if (backlogMb >= thresholdOf(rule.kind, rule.thresholds, 'backlogMb'))
    problems.set('ledger_backlog', `${backlogMb} MB of records wait to be ingested.`)
  const afterMs = thresholdOf(rule.kind, rule.thresholds, 'afterSeconds') * 1_000
  const names = lasting(memory, `rule ${rule.id} `, new Set(problems.keys()), afterMs, nowMs)
  const findings = [...problems].flatMap(([target, message]) =>
    names.has(target) ? [{ target, label: 'Ledger', message }] : [],
  )
  return { findings, complete: true }
}
