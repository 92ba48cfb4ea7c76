// A round of evaluation: every enabled rule is judged, and what has changed since the last round opens and resolves alerts.
import { storedKind, storedThresholds } from '../../../domain/alerts/rules/alert-kinds.ts'
import { storedScope } from '../../../domain/alerts/rules/alert-scope.ts'
import type { Judgement } from '../../../domain/alerts/rules/plan-changes.ts'
import {
  readActiveAlertRules,
  type StoredAlertRule,
} from '../../../store/queries/alerts/active-alert-rules.ts'
import { addKeyAddresses } from '../../../store/queries/alerts/alert-sources.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { AlertMemory } from './alert-memory.ts'
import { type ActiveRule, type AlertRound, beginRound } from './alert-round.ts'
import { applyJudgements, type JudgedRule } from './apply-judgements.ts'
import { judgeBudgetSpent, judgeSpendPace } from './judge-budgets.ts'
import { findNewAddresses, judgeAddresses, judgeExpiring, type NewAddress } from './judge-keys.ts'
import { judgeRate } from './judge-rates.ts'
import { judgeSignIns } from './judge-sign-ins.ts'
import { judgeLedger, judgeUpstreams } from './judge-state.ts'

/** The most rules that there may be. */
export const ALERT_RULES_MAX = 200

/**
 * Judges every rule, and resolves with how many there are. A rule that cannot be judged does not keep others from it: what it failed with goes to `onFault`. Rejects
 * where the database fails. Rounds of several processes at once open each alert once.
 */
export async function evaluateAlerts(
  plane: ControlPlane,
  memory: AlertMemory,
  onFault: (error: unknown) => void,
): Promise<number> {
  const nowMs = plane.clock()
  const rules = (await readActiveAlertRules(plane.store, ALERT_RULES_MAX)).flatMap(activeRule)
  follow(memory, rules)
  if (rules.length === 0) return 0
  // What was recorded before this round is judged in it, where ingestion keeps up.
  await plane.ledger.settled()
  const round = beginRound(plane, memory, nowMs)
  const taken = memory.watch.takeAddresses()
  const addresses = await findNewAddresses(plane, taken, nowMs)
  const judged: JudgedRule[] = []
  for (const rule of rules) {
    try {
      judged.push({ rule, judgement: await judge(round, rule, addresses.fresh) })
    } catch (error) {
      onFault(error)
    }
  }
  await applyJudgements(plane, judged, nowMs)
  // After the alerts, which are opened once: what is interrupted in between is looked at again.
  await addKeyAddresses(plane.store, addresses.learned)
  if (!addresses.all) memory.watch.forgetAddresses()
  return rules.length
}

/** Looks at calls for as long as a rule needs it, and forgets what belongs to rules that are no longer active. */
function follow({ watch, since }: AlertMemory, rules: readonly ActiveRule[]): void {
  watch.follow({
    rates: rules.some(({ kind }) => kind === 'ERROR_RATE' || kind === 'DENIAL_RATE'),
    addresses: rules.some(({ kind }) => kind === 'NEW_ADDRESS'),
  })
  const active = new Set(rules.map(({ id }) => String(id)))
  for (const name of since.keys()) if (!active.has(name.split(' ')[1] ?? '')) since.delete(name)
}

async function judge(
  round: AlertRound,
  rule: ActiveRule,
  addresses: readonly NewAddress[],
): Promise<Judgement> {
  switch (rule.kind) {
    case 'BUDGET_SPENT':
      return judgeBudgetSpent(round, rule)
    case 'SPEND_PACE':
      return judgeSpendPace(round, rule)
    case 'ERROR_RATE':
    case 'DENIAL_RATE':
      return judgeRate(round, rule)
    case 'UPSTREAM_DOWN':
      return judgeUpstreams(round, rule)
    case 'KEY_EXPIRING':
      return judgeExpiring(round, rule)
    case 'NEW_ADDRESS':
      return judgeAddresses(round, addresses, rule)
    case 'LEDGER_PROBLEM':
      return judgeLedger(round, rule)
    case 'NEW_DEVICE':
      return judgeSignIns(round, rule)
  }
}

/** A rule of a kind that a later version knows is not judged. */
function activeRule(stored: StoredAlertRule): ActiveRule[] {
  const kind = storedKind(stored.kind)
  if (kind === null) return []
  const { id, version, createdAtMs, repeatMinutes, mutedUntilMs } = stored
  return [
    {
      id,
      version,
      kind,
      scope: storedScope(stored.scope),
      thresholds: storedThresholds(stored.thresholds),
      createdAtMs,
      repeatMinutes,
      mutedUntilMs,
    },
  ]
}
