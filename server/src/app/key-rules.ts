// Admission by the rules of all keys, over the ledger's rollups: in the one process that owns the database.
import type { Logger } from 'pino'
import { apiKeyId } from '../domain/keys/api-key-id.ts'
import { labelLimitId } from '../domain/labels/label-limit.ts'
import { ownerId } from '../domain/owners/owner.ts'
import { compilePolicy } from '../domain/policy/compile-policy.ts'
import type { Verdict } from '../domain/policy/verdict.ts'
import {
  type Admission,
  createAdmission,
  type GovernedKey,
  type SharedPolicy,
} from '../gateway/admission/admission.ts'
import { NO_POLICY } from '../gateway/admission/key-account.ts'
import type { AccountOf } from '../gateway/admission/reservation.ts'
import type { LedgerView } from '../ledger/ledger.ts'
import { usageOfKey } from '../ledger/usage/key-usage.ts'
import { usageOfSharers } from '../ledger/usage/shared-usage.ts'
import type { ControlPlane, RuledKey, SharedChange } from '../services/control-plane.ts'
import { budgetWarning, noteBudgetWarning } from '../services/policy/note-budget-warning.ts'
import type { StoredSharedPolicy } from '../store/queries/owners/shared-limits.ts'
import type { Store } from '../store/store.ts'

export type KeyRules = {
  admission: Admission
  /** Takes every committed change of a key. */
  announce(key: RuledKey): void
  /** Takes every committed change of what keys share. */
  announceShared(change: SharedChange): void
  correctCosts: ControlPlane['announceCosts']
  explain: ControlPlane['explainCall']
  explainShared: ControlPlane['explainShared']
}

/** Admission over what the ledger holds of each key; a budget that is nearly spent is noted in `log` and in the audit trail. */
export function createKeyRules(parts: {
  store: Store
  ledger: LedgerView
  /** Milliseconds since the epoch. */
  clock: () => number
  log: Logger
}): KeyRules {
  const { store, ledger, clock, log } = parts

  /** Into the log and the audit trail. No call waits for, or fails with, a write to the audit trail. */
  function warn(id: number, verdict: Verdict, of: AccountOf): void {
    const warning = budgetWarning(verdict)
    const whose = of.kind === 'KEY' ? { apiKey: apiKeyId(id) } : { [of.kind.toLowerCase()]: of.name }
    log.warn({ ...whose, ...warning }, 'a budget is nearly spent')
    noteBudgetWarning({ store, clock }, of, warning).catch((error: unknown) =>
      log.error({ err: error }, "a budget's warning could not be written to the audit trail"),
    )
  }

  const admission = createAdmission({
    clock,
    monotonic: () => performance.now(),
    load: (id, wanted, of) =>
      of.kind === 'KEY'
        ? usageOfKey(store, ledger, id, wanted)
        : usageOfSharers(store, ledger, { kind: of.kind, id, name: of.name }, wanted),
    onWarning: warn,
  })
  return {
    admission,
    announce: (key) => admission.announce(governed(key)),
    announceShared: ({ kind, id, name, version, policy }) =>
      admission.announceShared({
        by: { kind, id: kind === 'OWNER' ? ownerId(id) : labelLimitId(id), name },
        id,
        revision: version,
        policy: policy === null ? null : compilePolicy(policy),
      }),
    correctCosts: admission.correct,
    explain: (key, request) => admission.explain(governed(key), request),
    explainShared: (shared, request) => admission.explainShared(compiledShared(shared), request),
  }
}

function governed({ id, version, policy, shared = [] }: RuledKey): GovernedKey {
  const own = policy === null ? null : compilePolicy(policy)
  if (shared.length === 0) return { id, revision: version, policy: own }
  return { id, revision: version, policy: own ?? NO_POLICY, shared: shared.map(compiledShared) }
}

function compiledShared(shared: StoredSharedPolicy): SharedPolicy {
  return { ...shared, policy: compilePolicy(shared.policy) }
}
