// What admins do in the ninety days after the first: keys are made, rotated, paused and revoked, budgets raised, prices set.
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@latchkey/server/domain/time.ts'
import { graphql, SIGN_IN } from '../../support/api/client.ts'
import { chanceOf } from '../cast/chance.ts'
import { OWNERS } from '../cast/owners.ts'
import { ADMIN, type Desk, PEOPLE } from './admin-desk.ts'
import { giveSecret, type SeededKey } from './seeded-keys.ts'
import type { SetUp } from './set-up.ts'

/** A change at its instant; the key whose cached state is old after it. */
export type Change = { atMs: number; key: SeededKey | null; make(): Promise<void> }

/** Every change of the history, oldest first. */
export function plannedChanges(
  desk: Desk,
  made: SetUp,
  keys: readonly SeededKey[],
  endMs: number,
  seed: number,
): Change[] {
  const chance = chanceOf(seed ^ 0x6368616e)
  /** In office hours of a day; of the last day, some hours ago. */
  const on = (daysBeforeEnd: number) =>
    daysBeforeEnd < 1
      ? endMs - daysBeforeEnd * DAY_MS
      : Math.floor((endMs - daysBeforeEnd * DAY_MS) / DAY_MS) * DAY_MS +
        8 * HOUR_MS +
        chance.whole(0, 9 * 60) * MINUTE_MS
  const changes = [
    ...keys.flatMap((key) => changesOfKey(desk, made, key, on, endMs)),
    ...others(desk, made, keys, on),
  ]
  return changes.sort((a, b) => a.atMs - b.atMs)
}

function changesOfKey(
  desk: Desk,
  { owners }: SetUp,
  key: SeededKey,
  on: (daysBeforeEnd: number) => number,
  endMs: number,
): Change[] {
  const by = key.createdDaysBeforeEnd % 3 === 0 ? PEOPLE.mira : ADMIN
  const changes: Change[] = []
  const add = (atMs: number, make: () => Promise<unknown>) =>
    changes.push({ atMs, key, make: async () => void (await make()) })
  add(on(key.createdDaysBeforeEnd), async () => {
    const { name, description, labels, policy, owner, expiresDaysAfterEnd } = key
    const expiry =
      expiresDaysAfterEnd === null
        ? { neverExpires: true }
        : { expiresAt: new Date(endMs + expiresDaysAfterEnd * DAY_MS).toISOString() }
    const { apiKey, secret } = await desk.change(
      by,
      'createApiKey',
      {
        name,
        labels,
        policy,
        ...expiry,
        ...(description !== undefined && { description }),
        ...(owner !== null && { ownerId: owners[owner] }),
      },
      'apiKey { id } secret',
    )
    key.id = apiKey.id
    giveSecret(key, secret)
  })
  const { rotation } = key
  if (rotation !== undefined)
    add(on(rotation.daysBeforeEnd), async () => {
      const input = { id: key.id, graceSeconds: rotation.graceDays * 86_400 }
      giveSecret(key, (await desk.change(by, 'rotateApiKey', input, 'secret')).secret)
    })
  if (key.disabledDaysBeforeEnd !== undefined)
    add(on(key.disabledDaysBeforeEnd), () =>
      desk.change(PEOPLE.mira, 'disableApiKey', { id: key.id }, 'apiKey { id }'),
    )
  if (key.revokedDaysBeforeEnd !== undefined)
    add(on(key.revokedDaysBeforeEnd), () =>
      desk.change(ADMIN, 'revokeApiKey', { id: key.id }, 'apiKey { id }'),
    )
  return changes
}

/** Changes of other things than keys, and of the policies of some keys. */
function others(
  desk: Desk,
  made: SetUp,
  keys: readonly SeededKey[],
  on: (daysBeforeEnd: number) => number,
): Change[] {
  const changes: Change[] = []
  const add = (daysBeforeEnd: number, make: () => Promise<unknown>, key: SeededKey | null = null) =>
    changes.push({ atMs: on(daysBeforeEnd), key, make: async () => void (await make()) })
  const raised = keys.filter(({ policy, weight }) => policy !== null && weight > 1).slice(8, 20)
  for (const [n, key] of raised.entries())
    add(
      5 + n * 6,
      async () => {
        if (key.id === null) return
        const policy = {
          ...key.policy,
          budgets: [
            { window: 'MONTH', limitUsd: String(200 + n * 25), warnAtPercent: 80, unpriced: 'ALLOW' },
          ],
        }
        await desk.change(PEOPLE.mira, 'updateApiKey', { id: key.id, policy }, 'apiKey { id }')
      },
      key,
    )
  for (const owner of OWNERS)
    if (owner.disabledDaysBeforeEnd !== undefined)
      add(owner.disabledDaysBeforeEnd, () =>
        desk.change(ADMIN, 'disableOwner', { id: made.ownerOf(owner.name) }, 'owner { id }'),
      )
  for (const [days, username] of [
    [61, 'root'],
    [33, 'administrator'],
    [12, 'admin'],
  ] as const)
    add(days, () => failToSignIn(desk, username))
  add(40, () =>
    desk.change(
      ADMIN,
      'updateModel',
      {
        id: made.models.get('gpt-4o-mini'),
        price: {
          base: [
            { unit: 'INPUT_TOKEN', usd: '0.11' },
            { unit: 'OUTPUT_TOKEN', usd: '0.45' },
          ],
        },
      },
      'model { id }',
    ),
  )
  add(25, () =>
    desk.change(
      PEOPLE.mira,
      'updateOwner',
      { id: made.ownerOf('Growth'), contact: 'growth-leads@shop.example' },
      'owner { id }',
    ),
  )
  for (const [days, name, scopes, expiresInDays] of [
    [80, 'terraform', ['keys:read', 'keys:write', 'owners:read', 'owners:write'], 120],
    [44, 'billing-export', ['usage:read', 'logs:read'], 365],
    [9, 'grafana', ['metrics:read'], 14],
  ] as const)
    add(days, () =>
      desk.change(ADMIN, 'createAdminToken', { name, scopes, expiresInDays }, 'adminToken { id }'),
    )
  // After every key was made: some of them are for ever, and some without limits.
  add(5, () =>
    desk.change(
      ADMIN,
      'updateSettings',
      {
        maxExpiryDays: 730,
        defaultPolicy: { budgets: [{ window: 'MONTH', limitUsd: '50', warnAtPercent: 80 }] },
      },
      'settings { version }',
    ),
  )
  add(2, () =>
    desk.change(
      ADMIN,
      'inviteAdmin',
      { role: 'VIEWER', displayName: 'Auditor of the year', email: 'audit@shop.example' },
      'invitation { id }',
    ),
  )
  add(0.2, async () => {
    const { data } = await desk.send(ADMIN, '{ findings(first: 50) { nodes { id code } } }')
    const found = data?.findings?.nodes?.find(
      ({ code }: { code: string }) => code === 'LISTENS_WITHOUT_TLS' || code === 'UPSTREAM_PLAIN_HTTP',
    )
    if (found !== undefined)
      await desk.change(
        ADMIN,
        'dismissFinding',
        { id: found.id, reason: 'Only this machine reaches it' },
        'finding { id }',
      )
  })
  return changes
}

const STRANGER = { username: 'stranger', address: '203.0.113.99', userAgent: 'python-requests/2.32.5' }

/** Somebody guesses. */
async function failToSignIn(desk: Desk, username: string): Promise<void> {
  const input = { username, password: 'not the password' }
  await graphql({ url: desk.url }, SIGN_IN, { input }, { headers: desk.browser(STRANGER) })
}
