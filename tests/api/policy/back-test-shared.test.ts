// What a policy that keys share would have done to their calls together.
import { Latchkey, NotFoundError, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let sdk: Latchkey
let ownerId = ''
const policy = (max: number) => ({ limits: [{ unit: 'REQUESTS' as const, window: 'DAY' as const, max }] })
const env = { name: 'env', value: 'prod' }

beforeAll(async () => {
  latchkey = await startLatchkey()
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  ownerId = (await sdk.owners.create({ name: 'Billing' })).id
  const made = [
    await sdk.keys.create({ name: 'one', ownerId, labels: [env] }),
    await sdk.keys.create({ name: 'two', ownerId }),
    await sdk.keys.create({ name: 'three', labels: [env, { name: 'team', value: 'a' }] }),
  ]
  // Three calls of each in one day.
  for (const [at, { secret }] of made.entries())
    for (let n = 0; n < 3; n++)
      expect(
        (await chat(latchkey, secret ?? '', { model: 'echo', prompt_cache_key: `${at}-${n}` })).status,
      ).toBe(200)
})
afterAll(() => latchkey.close())

describe('the calls of all keys that share it count together', () => {
  test('of an owner', async () => {
    const tested = await sdk.owners.backTest(ownerId, { policy: policy(4) })
    expect(tested).toMatchObject({
      complete: true,
      calls: 6,
      denied: 2,
      rules: [{ rule: 'REQUESTS', limit: 4, denials: 2, peak: 6 }],
      summary: 'This policy would have denied 2 of 6 calls of the last 7 days.',
    })
    // It has none.
    expect(await sdk.owners.backTest(ownerId)).toMatchObject({ calls: 6, denied: 0, rules: [] })
    await sdk.owners.update(ownerId, { policy: policy(5) })
    expect(await sdk.owners.backTest(ownerId)).toMatchObject({ calls: 6, denied: 1 })
  })

  test('of a label, with limits and without', async () => {
    expect(await sdk.labelLimits.backTestLabel(env, { policy: policy(1) })).toMatchObject({
      calls: 6,
      denied: 5,
    })
    const team = { name: 'team', value: 'a' }
    expect(await sdk.labelLimits.backTestLabel(team, { policy: policy(1) })).toMatchObject({
      calls: 3,
      denied: 2,
    })
    const other = { name: 'team', value: 'b' }
    expect(await sdk.labelLimits.backTestLabel(other, { policy: policy(1) })).toMatchObject({
      calls: 0,
      summary: 'These keys made no calls in the last 7 days.',
    })
    const { id } = await sdk.labelLimits.create({ name: 'prod', label: env, policy: policy(2) })
    expect(await sdk.labelLimits.backTest(id)).toMatchObject({ calls: 6, denied: 4 })
    expect(await sdk.labelLimits.backTest(id, { policy: policy(3), days: 1 })).toMatchObject({ denied: 3 })
  })
})

describe('what is used now of each rule that keys share', () => {
  const used = { mode: 'ENFORCE', sharedBy: null, model: null }

  test('of an owner: limits, budgets and calls in flight, with when each resets', async () => {
    const budgets = [{ window: 'TOTAL' as const, limitUsd: '2', unpriced: 'ALLOW' as const }]
    const concurrency = { maxCalls: 7 }
    await sdk.owners.update(ownerId, { policy: { ...policy(6), budgets, concurrency } })
    const rules = await sdk.owners.ruleUsage(ownerId)
    expect(rules).toMatchObject([
      { ...used, rule: 'BUDGET', window: 'TOTAL', limitUsd: '2', spentUsd: '0', resetsAt: null },
      { ...used, rule: 'REQUESTS', window: 'DAY', limit: 6, used: 6, remaining: 0, refusal: 'EXHAUSTED' },
      { ...used, rule: 'CONCURRENCY', limit: 7, used: 0, resetsAt: null },
    ])
    expect(String(rules[1]?.resetsAt)).toMatch(/T00:00:00/)
    await sdk.owners.update(ownerId, { policy: null })
    expect(await sdk.owners.ruleUsage(ownerId)).toEqual([])
    await expect(sdk.owners.ruleUsage('own_999999')).rejects.toThrow(NotFoundError)
  })

  test('of a label, while its limits are switched on', async () => {
    const { id } = await sdk.labelLimits.create({ name: 'used', label: env, policy: policy(9) })
    expect(await sdk.labelLimits.ruleUsage(id)).toMatchObject([
      { ...used, rule: 'REQUESTS', limit: 9, used: 6, remaining: 3, refusal: null },
    ])
    await sdk.labelLimits.update(id, { enabled: false })
    expect(await sdk.labelLimits.ruleUsage(id)).toEqual([])
    await sdk.labelLimits.delete(id)
    await expect(sdk.labelLimits.ruleUsage(id)).rejects.toThrow(NotFoundError)
  })
})

describe('what is refused', () => {
  const ask = async (input: object) => {
    const { data, errors } = await latchkey.graphql(
      'query ($input: BackTestSharedPolicyInput!) { backTestSharedPolicy(input: $input) { backTest { calls } userErrors { code field } } }',
      { input },
    )
    expect(errors).toBeUndefined()
    return data.backTestSharedPolicy
  }

  test.for<[object, string, string]>([
    [{}, 'INVALID', 'ownerId'],
    [{ ownerId: 'own_1', label: env }, 'INVALID', 'ownerId'],
    [{ ownerId: 'own_99' }, 'NOT_FOUND', 'ownerId'],
    [{ labelLimitId: 'lim_99' }, 'NOT_FOUND', 'labelLimitId'],
    [{ label: env }, 'REQUIRED', 'policy'],
    [{ label: { name: '-', value: 'x' }, policy: policy(1) }, 'INVALID', 'label'],
    [{ ownerId: 'own_1', days: 31 }, 'OUT_OF_RANGE', 'days'],
    [{ ownerId: 'own_1', policy: { models: { deny: ['x'] } } }, 'INVALID', 'policy'],
  ])('%j: %s of %s', async ([input, code, field]) => {
    const { backTest, userErrors } = await ask(input)
    expect(backTest).toBeNull()
    expect(userErrors[0]).toMatchObject({ code })
    expect(userErrors[0].field[1]).toBe(field)
  })

  test('a token that is restricted to other owners', async () => {
    const other = await sdk.owners.create({ name: 'Other' })
    const { data } = await latchkey.graphql(
      'mutation ($input: CreateAdminTokenInput!) { createAdminToken(input: $input) { token } }',
      { input: { name: 'restricted', scopes: ['usage:read'], ownerIds: [other.id] } },
    )
    const { token } = data.createAdminToken
    const restricted = new Latchkey({ url: latchkey.url, adminToken: token })
    expect(await restricted.owners.backTest(other.id, { policy: policy(1) })).toMatchObject({ calls: 0 })
    await expect(restricted.owners.backTest(ownerId)).rejects.toBeInstanceOf(UserInputError)
    await expect(restricted.labelLimits.backTestLabel(env, { policy: policy(1) })).rejects.toBeInstanceOf(
      UserInputError,
    )
  })
})
