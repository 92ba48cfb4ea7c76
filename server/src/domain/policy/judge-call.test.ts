import { expect, test } from 'vitest'
import { compilePolicy } from './compile-policy.ts'
import {
  allowedRoutes,
  denyingVerdict,
  keyError,
  leastCost,
  type ModelUse,
  modelUseOf,
} from './judge-call.ts'
import { UNRESTRICTED } from './key-policy.ts'
import { COUNTS_NOTHING } from './rule-verdicts.ts'
import type { Verdict } from './verdict.ts'

const NOW = 1_000
const ACTIVE = {
  expiresAtMs: null,
  revokedAtMs: null,
  disabledAtMs: null,
  ownerDisabledAtMs: null,
  formerUntilMs: null,
}

test.for([
  [{}, null],
  [{ formerUntilMs: NOW + 1 }, null],
  [{ formerUntilMs: NOW }, 'api_key_replaced'],
  [{ disabledAtMs: 1 }, 'api_key_disabled'],
  [{ disabledAtMs: 1, formerUntilMs: NOW }, 'api_key_replaced'],
  [{ ownerDisabledAtMs: 1 }, 'owner_disabled'],
  [{ ownerDisabledAtMs: 1, disabledAtMs: 1 }, 'api_key_disabled'],
  [{ ownerDisabledAtMs: 1, formerUntilMs: NOW }, 'api_key_replaced'],
  [{ expiresAtMs: NOW }, 'api_key_expired'],
  [{ expiresAtMs: NOW, formerUntilMs: NOW }, 'api_key_expired'],
  [{ revokedAtMs: 1, expiresAtMs: NOW }, 'api_key_revoked'],
] as const)('a key of %j has the error %s', ([state, code]) => {
  expect(keyError({ ...ACTIVE, ...state }, NOW)?.code ?? null).toBe(code)
})

test.for<[string, string, string | null, ModelUse, number | null]>([
  ['POST', '/v1/chat/completions', 'm', 'NAMED', 1],
  ['POST', '/v1/responses', null, 'UPSTREAM', null],
  ['POST', '/v1/responses/input_tokens', 'm', 'NAMED', 0],
  ['POST', '/v1/audio/transcriptions', null, 'UPSTREAM', null],
  ['POST', '/v1/audio/transcriptions', 'm', 'NAMED', 1],
  ['POST', '/v1/videos', 'm', 'NAMED', null],
  ['POST', '/v1/batches', 'm', 'UPSTREAM', null],
  ['GET', '/v1/images/edits', null, 'NONE', 0],
  ['GET', '/v1/realtime', null, 'NAMED', 1],
  ['POST', '/v1/batches', null, 'UPSTREAM', null],
  ['POST', '/v1/batches/b1/cancel', null, 'NONE', 0],
  ['POST', '/v1/files', null, 'NONE', 0],
  ['GET', '/v1/models', null, 'NONE', 0],
])('%s %s of the model %s: %s, at least %s nano-USD', ([method, path, model, use, cost]) => {
  expect(modelUseOf(method, path, model)).toBe(use)
  expect(leastCost(use, path, true)).toBe(cost)
})

test('the first enforced refusal denies; of what the gateway serves itself, one about addresses or endpoints', () => {
  const verdict = (rule: Verdict['rule'], mode: Verdict['mode'], refusal: Verdict['refusal']): Verdict => {
    return { ...COUNTS_NOTHING, rule, mode, refusal }
  }
  const shadow = verdict('ADDRESS', 'SHADOW', 'NOT_ALLOWED')
  const budget = verdict('BUDGET', 'ENFORCE', 'EXHAUSTED')
  const endpoint = verdict('ENDPOINT', 'ENFORCE', 'NOT_ALLOWED')
  const admits = verdict('MODEL', 'ENFORCE', null)
  expect(denyingVerdict([shadow, admits, budget, endpoint], '/v1/chat/completions')).toBe(budget)
  expect(denyingVerdict([shadow, admits, budget, endpoint], '/v1/models')).toBe(endpoint)
  expect(denyingVerdict([shadow, admits, budget], '/v1/models')).toBeNull()
})

test('a key keeps the candidate routes whose models it may use, or all where it may use none', () => {
  const models = { allow: [], deny: ['big*'], mode: 'ENFORCE' as const }
  const policy = compilePolicy({ ...UNRESTRICTED, models })
  const shadow = compilePolicy({ ...UNRESTRICTED, models: { ...models, mode: 'SHADOW' } })
  const kept = (routes: string[], by: typeof policy | null) =>
    allowedRoutes(routes, by, 'alias', (name) => name)
  expect(kept(['big-1', 'small', 'big-2', 'tiny'], policy)).toEqual(['small', 'tiny'])
  expect(kept(['big-1', 'big-2'], policy)).toEqual(['big-1', 'big-2'])
  expect(kept(['big-1', 'small'], shadow)).toEqual(['big-1', 'small'])
  expect(kept(['big-1', 'small'], null)).toEqual(['big-1', 'small'])
})
