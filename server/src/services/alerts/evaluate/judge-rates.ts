// The shares of calls that failed and that were denied.
import { thresholdOf } from '../../../domain/alerts/rules/alert-kinds.ts'
import type { Finding, Judgement } from '../../../domain/alerts/rules/plan-changes.ts'
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { readKeyNames } from '../../../store/queries/alerts/alert-sources.ts'
import { findUpstreams } from '../../upstreams/find-upstreams.ts'
import { type ActiveRule, type AlertRound, keysOf } from './alert-round.ts'
import type { CallCounts, CountedGroup } from './call-watch.ts'

type Watched = { target: string; label: string; group: CountedGroup }

/** The most keys that one rule looks at. */
const KEYS_MAX = 10_000
/** More than there can be. */
const UPSTREAMS_MAX = 1_000

/** Of the calls that were not denied, those that ended with the outcome ERROR; or of all calls, those that were denied. */
export async function judgeRate(round: AlertRound, rule: ActiveRule): Promise<Judgement> {
  const { watch } = round.memory
  const minutes = thresholdOf(rule.kind, rule.thresholds, 'windowMinutes')
  const minCalls = thresholdOf(rule.kind, rule.thresholds, 'minCalls')
  const percent = thresholdOf(rule.kind, rule.thresholds, 'percent')
  const findings: Finding[] = []
  for (const { target, label, group } of await watchedBy(round, rule)) {
    const { part, calls, what } = shareIn(watch.counts(group, minutes), rule.kind)
    if (calls < minCalls || part * 100 < calls * percent) continue
    const share = Math.floor((part / calls) * 100)
    findings.push({
      target,
      label,
      message: `${part} of ${calls} calls (${share} %) ${what} in the last ${minutes} minutes.`,
    })
  }
  return { findings, complete: watch.covers(minutes) }
}

function shareIn({ calls, errors, denied }: CallCounts, kind: ActiveRule['kind']) {
  return kind === 'DENIAL_RATE'
    ? { part: denied, calls, what: 'were denied' }
    : { part: errors, calls: calls - denied, what: 'failed' }
}

/** All calls together, or each key or upstream that the scope names. */
async function watchedBy({ plane }: AlertRound, { scope }: ActiveRule): Promise<Watched[]> {
  switch (scope.type) {
    case 'ALL':
      return [{ target: 'calls', label: 'All calls', group: 'ALL' }]
    case 'API_KEYS':
    case 'OWNERS':
    case 'LABEL': {
      const names = await readKeyNames(plane.store, keysOf(scope), KEYS_MAX)
      return [...names].map(([id, name]) => ({ target: apiKeyId(id), label: name, group: { apiKey: id } }))
    }
    case 'UPSTREAMS': {
      // All in one query: they are few.
      const all = await findUpstreams(plane, undefined, { limit: UPSTREAMS_MAX })
      const watched = all.filter(({ id }) => scope.upstreams.includes(id))
      return watched.map(({ id, name }) => ({ target: id, label: name, group: { upstream: name } }))
    }
  }
}
