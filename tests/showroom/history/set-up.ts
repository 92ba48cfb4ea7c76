// The first day of the history: settings, people, upstreams, models, owners, what alerts are sent for, and saved views.
import { graphql } from '../../support/api/client.ts'
import { OWNERS } from '../cast/owners.ts'
import { MODELS, UPSTREAMS } from '../cast/upstreams.ts'
import { upstreamUrl, webhookUrl } from '../providers.ts'
import { ADMIN, type Desk, PEOPLE, type Person, SHOWROOM_PASSWORD } from './admin-desk.ts'

export type SetUp = {
  /** Ids by the index of the owner. */
  owners: string[]
  ownerOf(name: string): string
  /** Ids by name. */
  models: Map<string, string>
  upstreams: Map<string, string>
}

/** Makes everything that keys need, and the people who will administer it. */
export async function setUp(url: string, desk: Desk, pass: (minutes: number) => void): Promise<SetUp> {
  await desk.change(
    ADMIN,
    'updateSettings',
    {
      defaultExpiryDays: 180,
      sessionIdleMinutes: 720,
    },
    'settings { version }',
  )
  pass(4)
  for (const [person, role, displayName] of [
    [PEOPLE.mira, 'ADMIN', 'Mira Okafor'],
    [PEOPLE.jun, 'VIEWER', '林俊'],
  ] as const) {
    await join(url, desk, person, role, displayName)
    pass(7)
  }
  const upstreams = await addUpstreams(desk, pass)
  const models = await addModels(desk, upstreams, pass)
  const owners: string[] = []
  for (const { name, kind, contact, labels, policy } of OWNERS) {
    const made = await desk.change(
      ADMIN,
      'createOwner',
      { name, kind, contact, labels, ...(policy !== undefined && { policy }) },
      'owner { id }',
    )
    owners.push(made.owner.id)
    pass(1)
  }
  // The teams that make what customers see.
  await join(url, desk, PEOPLE.tomas, 'KEY_MANAGER', 'Tomás Rivera', owners.slice(0, 3))
  pass(7)
  await addAlerts(desk, upstreams, pass)
  await desk.change(
    PEOPLE.mira,
    'createLabelLimit',
    {
      name: 'Staging in all',
      label: { name: 'env', value: 'staging' },
      policy: { budgets: [{ window: 'DAY', limitUsd: '25', warnAtPercent: 80, unpriced: 'ALLOW' }] },
    },
    'labelLimit { id }',
  )
  await saveViews(desk)
  return { owners, models, upstreams, ownerOf: (name) => owners[ownerIndex(name)] ?? '' }
}

function ownerIndex(name: string): number {
  return OWNERS.findIndex((owner) => owner.name === name)
}

const ACCEPT = `mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) { viewer { name } userErrors { code field message } }
}`

/** A person is invited, and accepts. */
async function join(
  url: string,
  desk: Desk,
  person: Person,
  role: string,
  displayName: string,
  ownerIds?: readonly string[],
) {
  const email = `${person.username}@shop.example`
  const invitation = { role, displayName, email, ...(ownerIds !== undefined && { ownerIds }) }
  const { url: link } = await desk.change(ADMIN, 'inviteAdmin', invitation, 'url')
  const input = { token: link.split('#token=')[1], username: person.username, password: SHOWROOM_PASSWORD }
  const { data } = await graphql({ url }, ACCEPT, { input }, { headers: desk.browser(person) })
  if (data?.acceptInvitation?.viewer == null) throw new Error(`${person.username}: ${JSON.stringify(data)}`)
}

async function addUpstreams(desk: Desk, pass: (minutes: number) => void): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const planned of UPSTREAMS) {
    const { name, kind, credentials } = planned
    const { upstream } = await desk.change(
      ADMIN,
      'createUpstream',
      { name, kind, baseUrl: upstreamUrl(planned), credentials },
      'upstream { id }',
    )
    ids.set(name, upstream.id)
    pass(3)
  }
  return ids
}

async function addModels(desk: Desk, upstreams: Map<string, string>, pass: (minutes: number) => void) {
  const ids = new Map<string, string>()
  for (const { name, routes, price, isDefault } of MODELS) {
    const { model } = await desk.change(
      ADMIN,
      'createModel',
      {
        name,
        ...(isDefault && { isDefault }),
        routes: routes.map((route) => ({
          upstreamId: upstreams.get(route.upstream),
          upstreamModel: route.model,
          priority: route.priority ?? 0,
          weight: route.weight ?? 1,
        })),
        ...(price !== undefined && { price: { base: unitPrices(price) } }),
      },
      'model { id }',
    )
    ids.set(name, model.id)
    pass(1)
  }
  return ids
}

function unitPrices({ input, cached, output }: { input: string; cached?: string; output: string }) {
  return [
    { unit: 'INPUT_TOKEN', usd: input },
    ...(cached === undefined ? [] : [{ unit: 'CACHED_INPUT_TOKEN', usd: cached }]),
    { unit: 'OUTPUT_TOKEN', usd: output },
  ]
}

async function addAlerts(
  desk: Desk,
  upstreams: Map<string, string>,
  pass: (minutes: number) => void,
): Promise<void> {
  const channels: string[] = []
  for (const [name, kind, path] of [
    ['On-call webhook', 'WEBHOOK', 'on-call'],
    ['Platform chat', 'SLACK', 'failing'],
    ['Former pager', 'WEBHOOK', 'closed'],
    ['值班群', 'DINGTALK', 'robot'],
  ] as const) {
    const { channel } = await desk.change(
      PEOPLE.mira,
      'createAlertChannel',
      { name, kind, url: webhookUrl(path) },
      'channel { id }',
    )
    channels.push(channel.id)
  }
  const rules = [
    { name: 'Budget at 80 %', kind: 'BUDGET_SPENT', percent: 80 },
    { name: 'Budget spent', kind: 'BUDGET_SPENT', percent: 100, severity: 'CRITICAL' },
    {
      name: 'Upstream errors',
      kind: 'ERROR_RATE',
      scope: { upstreamIds: [...upstreams.values()] },
      percent: 20,
      windowMinutes: 60,
      minCalls: 5,
    },
    { name: 'Many denials', kind: 'DENIAL_RATE', percent: 15, windowMinutes: 60, minCalls: 10 },
    { name: 'Keys that expire', kind: 'KEY_EXPIRING', withinDays: 7, severity: 'INFO' },
    { name: 'Ledger', kind: 'LEDGER_PROBLEM', severity: 'CRITICAL' },
  ]
  for (const [at, rule] of rules.entries()) {
    const channelIds = at === 4 ? [] : at % 2 === 0 ? channels : channels.slice(0, 1)
    await desk.change(PEOPLE.mira, 'createAlertRule', { ...rule, channelIds }, 'rule { id }')
    pass(1)
  }
}

/** Filters of people, some of them shared. */
async function saveViews(desk: Desk): Promise<void> {
  for (const [person, screen, name, query, shared] of [
    [PEOPLE.mira, 'LOGS', 'Denied this week', 'outcome=denied&range=7d', true],
    [PEOPLE.mira, 'LOGS', 'Errors of azure-eu', 'outcome=error&upstream=azure-eu&range=24h', true],
    [ADMIN, 'LOGS', 'Calls above a dollar', 'cost=%3E1&range=30d', false],
    [ADMIN, 'KEYS', 'Most expensive keys', 'sort=-spend', true],
    [ADMIN, 'KEYS', '即将到期', 'show=expiring', false],
    [ADMIN, 'USAGE', 'Owners, by model', 'by=owner&within=model&range=30d', true],
  ] as const)
    await desk.change(person, 'createSavedView', { screen, name, query, shared }, 'savedView { id }')
}
