// The rules of all keys, over the ledger's sums: in the one process that owns the database.
import { compilePolicy } from './domain/policy/compile-policy.ts'
import { type Admission, createAdmission, type GovernedKey } from './gateway/admission/admission.ts'
import { sumsOfKey } from './ledger/key-sums.ts'
import type { LedgerView } from './ledger/ledger.ts'
import type { ControlPlane, RuledKey } from './services/control-plane.ts'
import type { Store } from './store/store.ts'

export type KeyRules = {
  admission: Admission
  /** To be told of every committed change of a key. */
  announce(key: RuledKey): void
  explain: ControlPlane['explainCall']
}

export function createKeyRules(parts: {
  store: Store
  ledger: LedgerView
  /** Milliseconds since the epoch. */
  clock: () => number
}): KeyRules {
  const { store, ledger, clock } = parts
  const admission = createAdmission({
    clock,
    monotonic: () => performance.now(),
    load: (keyId, wanted) => sumsOfKey(store, ledger, keyId, wanted),
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
