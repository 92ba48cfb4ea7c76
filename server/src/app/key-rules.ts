// Admission by the rules of all keys, over the ledger's rollups: in the one process that owns the database.
import type { Logger } from 'pino'
import { apiKeyId } from '../domain/keys/api-key-id.ts'
import { compilePolicy } from '../domain/policy/compile-policy.ts'
import type { Verdict } from '../domain/policy/verdict.ts'
import { type Admission, createAdmission, type GovernedKey } from '../gateway/admission/admission.ts'
import type { LedgerView } from '../ledger/ledger.ts'
import { usageOfKey } from '../ledger/usage/key-usage.ts'
import type { ControlPlane, RuledKey } from '../services/control-plane.ts'
import { budgetWarning, noteBudgetWarning } from '../services/policy/note-budget-warning.ts'
import type { Store } from '../store/store.ts'

export type KeyRules = {
  admission: Admission
  /** Takes every committed change of a key. */
  announce(key: RuledKey): void
  explain: ControlPlane['explainCall']
}

export function createKeyRules(parts: {
  store: Store
  ledger: LedgerView
  /** Milliseconds since the epoch. */
  clock: () => number
  log: Logger
}): KeyRules {
  const { store, ledger, clock, log } = parts

  /** Into the log and the audit trail. No call waits for, or fails with, a write to the audit trail. */
  function warn(keyId: number, verdict: Verdict): void {
    const warning = budgetWarning(verdict)
    log.warn({ apiKey: apiKeyId(keyId), ...warning }, 'a budget is nearly spent')
    noteBudgetWarning({ store, clock }, keyId, warning).catch((error: unknown) =>
      log.error({ err: error }, "a budget's warning could not be written to the audit trail"),
    )
  }

  const admission = createAdmission({
    clock,
    monotonic: () => performance.now(),
    load: (keyId, wanted) => usageOfKey(store, ledger, keyId, wanted),
    onWarning: warn,
  })
  return {
    admission,
    announce: (key) => admission.announce(governed(key)),
    explain: (key, request) => admission.explain(governed(key), request),
  }
}

function governed({ id, version, policy }: RuledKey): GovernedKey {
  return { id, revision: version, policy: policy === null ? null : compilePolicy(policy) }
}
