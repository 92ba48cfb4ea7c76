// What the tests of admission share: an admission whose clocks and whose ledger the test sets.
import { CHAT_COMPLETIONS_PATH } from '../../domain/endpoints/endpoints.ts'
import { type CompiledPolicy, compilePolicy } from '../../domain/policy/compile-policy.ts'
import { readKeyPolicy } from '../../domain/policy/input/read-key-policy.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import type { KnownUsage, WantedUsage } from '../../ledger/usage/key-usage.ts'
import { type Admission, createAdmission, type Denial, type GovernedKey } from './admission.ts'
import type { Reservation } from './reservation.ts'

export const START_MS = Date.parse('2026-11-22T12:00:00Z')
export const NOTHING: KnownUsage = { requests: 0, tokens: 0, costNanoUsd: 0 }

type Fixture = {
  nowMs: number
  monotonicMs: number
  /** What was asked of the ledger. */
  loads: { keyId: number; wanted: WantedUsage[] }[]
  ledger: (wanted: WantedUsage) => KnownUsage | Promise<KnownUsage>
  warnings: Verdict[]
}

/** Set back by `reset`, before each test. */
export const fixture = fresh()

/** At START_MS, with a ledger in which no key has used anything. */
export function reset(): void {
  Object.assign(fixture, fresh())
}

function fresh(): Fixture {
  return { nowMs: START_MS, monotonicMs: 0, loads: [], ledger: () => NOTHING, warnings: [] }
}

/** Both clocks go on. */
export function pass(ms: number): void {
  fixture.nowMs += ms
  fixture.monotonicMs += ms
}

/** An admission over the clocks and the ledger of the fixture. */
export function engine(options: { keysMax?: number } = {}): Admission {
  return createAdmission({
    clock: () => fixture.nowMs,
    monotonic: () => fixture.monotonicMs,
    load: async (keyId, wanted) => {
      fixture.loads.push({ keyId, wanted })
      return Promise.all(wanted.map(fixture.ledger))
    },
    onWarning: (_, verdict) => fixture.warnings.push(verdict),
    ...options,
  })
}

/** A policy as admission has it, which must be valid and restrict something. */
export function compiled(policy: unknown): CompiledPolicy {
  const read = readKeyPolicy(policy)
  if (!read.ok || read.value === null) throw new Error(JSON.stringify(read))
  return compilePolicy(read.value)
}

/** A key with this policy; null: without one. */
export function keyWith(policy: unknown, { id = 1, revision = 1 } = {}): GovernedKey {
  return { id, revision, policy: policy === null ? null : compiled(policy) }
}

export const call: AdmissionRequest = {
  address: '192.0.2.7',
  endpoint: CHAT_COMPLETIONS_PATH,
  usesModel: true,
  model: 'gpt-4o',
  tokens: 100,
  costNanoUsd: 1_000,
}

export const requests = (max: number, more: object = {}) => ({
  unit: 'REQUESTS',
  window: 'MINUTE',
  max,
  ...more,
})
export const tokens = (max: number, more: object = {}) => ({ unit: 'TOKENS', window: 'MINUTE', max, ...more })
export const budget = (limitUsd: string, more: object = {}) => ({ window: 'DAY', limitUsd, ...more })

/** The reservations among responses. */
export function admitted(responses: (Reservation | Denial)[]): Reservation[] {
  return responses.filter((response) => response.admitted)
}

/** Admits a call that must be admitted. */
export async function reserve(admission: Admission, key: GovernedKey, request = call): Promise<Reservation> {
  const response = await admission.admit(key, request)
  if (!response.admitted) throw new Error(`denied: ${JSON.stringify(response.verdict)}`)
  return response
}

/** Denies a call that must be denied. */
export async function refusal(admission: Admission, key: GovernedKey, request = call): Promise<Verdict> {
  const response = await admission.admit(key, request)
  if (response.admitted) throw new Error('admitted')
  return response.verdict
}

/** What remains under each counting rule, by its name. */
export async function remaining(admission: Admission, key: GovernedKey, request = call) {
  const verdicts = await admission.explain(key, request)
  return Object.fromEntries(verdicts.map((verdict) => [verdict.rule, verdict.remaining]))
}
