// No list asks the database once for each of its items: 5 items take as many statements as 50, with each field that an item has.
import { Latchkey } from '@latchkey/sdk'
import { schema } from '@latchkey/server/graphql/schema.ts'
import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../support/api/client.ts'
import { manyOfEverything, NODE_PREFIXES } from '../../support/api/many-of-everything.ts'
import { statementsOf } from '../../support/databases/count-statements.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const [FEW, MANY] = [5, 50] as const

let latchkey: TestLatchkey
/** Of an admin token that is restricted to all owners but the last. */
let restricted = ''
beforeAll(async () => {
  latchkey = await startLatchkey({ alertTimer: false })
  await manyOfEverything(latchkey, MANY)
  const { adminTokens } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const scopes = ['keys:read', 'owners:read', 'logs:read', 'audit:read']
  const ownerIds = Array.from({ length: MANY - 1 }, (_, n) => `own_${n + 1}`)
  restricted = (await adminTokens.create({ name: 'restricted', scopes, ownerIds })).token
})
afterAll(() => latchkey.close())

const range = '{ from: "2026-01-01T00:00:00Z", to: "2026-01-03T00:00:00Z" }'

/** How each list of a root field is asked for some of its items; null: its items are no rows, or a person's own few. */
const lists: Record<string, ((first: number) => string) | null> = {
  adminInvitations: null,
  adminSessions: null,
  adminTokens: firstOf,
  admins: firstOf,
  alertChannels: firstOf,
  alertDeliveries: firstOf,
  alertRules: firstOf,
  alerts: firstOf,
  apiKeys: firstOf,
  auditEvents: firstOf,
  backups: firstOf,
  costRecalculations: firstOf,
  environmentSettings: null,
  findingCounts: null,
  findings: firstOf,
  keyLabels: firstOf,
  labelLimits: firstOf,
  linkedIdentities: null,
  models: firstOf,
  nodes: null, // each type of Node below
  owners: firstOf,
  passkeys: null,
  requestLogFacets: (first) => `(field: API_KEY first: ${first})`,
  requestLogs: firstOf,
  savedViews: null,
  sessions: null,
  sharedRuleUsage: null,
  upstreamPresets: null,
  upstreams: firstOf,
  usageBreakdown: (first) => `(range: ${range} by: API_KEY first: ${first})`,
  usageByKey: (first) => `(range: ${range} first: ${first})`,
  usageSeries: (first) => `(range: ${range} bucket: DAY groupBy: API_KEY first: ${first})`,
}

test('every list of the schema is among them', () => {
  const found = queryFields().filter(
    (field) => isList(field) || field.args.some(({ name }) => name === 'first'),
  )
  expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(lists).sort())
})

const cases = queryFields().flatMap((field) => {
  const args = lists[field.name]
  if (args == null) return []
  const connection = objectOf(field.type)?.getFields().nodes
  const item = objectOf((connection ?? field).type)
  if (item === undefined) throw new Error(`${field.name} lists no objects`)
  return selections(item).map(([of, items]) => {
    const selection = connection === undefined ? items : `{ nodes ${items} }`
    return {
      list: field.name,
      of,
      ask: (first: number) => `{ list: ${field.name}${args(first)} ${selection} }`,
    }
  })
})

test.each(cases)('$list: $of', ({ ask }) => expectAsMany(ask))

const nodeTypes = schema
  .getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType)
  .map((type) => ({ type, name: type.name }))

test.each(nodeTypes)('nodes that are $name', async ({ type, name }) => {
  const ids = await idsOf(name)
  const { data } = await latchkey.graphql(`{ nodes(ids: ${JSON.stringify(ids)}) { id __typename } }`)
  expect(data.nodes).toEqual(ids.map((id) => ({ id, __typename: name })))
  expect(ids.length).toBeGreaterThan(FEW)
  for (const [, selection] of selections(type))
    await expectAsMany((first) => {
      const some = JSON.stringify(ids.slice(0, first))
      return `{ list: nodes(ids: ${some}) { ... on ${name} ${selection} } }`
    })
})

test.each(['ApiKey', 'Owner', 'AuditEvent', 'RequestLog'])(
  'nodes that are %s, for who is restricted to owners',
  async (name) => {
    const ids = await idsOf(name)
    const nodes = (first: number) => `{ list: nodes(ids: ${JSON.stringify(ids.slice(0, first))}) { id } }`
    await expectAsMany(nodes, restricted)
  },
)

test.each(Object.keys(NODE_PREFIXES))('targets of audit events that are %s', (name) =>
  expectAsMany(
    (first) => `{ list: auditEvents(first: ${first} filter: { targetType: "${name}" }) {
      nodes { target { id ... on ${name} { __typename } } } } }`,
  ),
)

/** The ids of a list whose items are of this type. */
async function idsOf(type: string): Promise<string[]> {
  const field = queryFields().find((one) => {
    const connection = objectOf(one.type)?.getFields().nodes
    return isList(one) && getNamedType((connection ?? one).type).name === type
  })
  if (field === undefined) throw new Error(`no list has ${type}`)
  const selection = objectOf(field.type)?.getFields().nodes === undefined ? '{ id }' : '{ nodes { id } }'
  const args = field.args.some(({ name }) => name === 'first') ? `(first: ${MANY})` : ''
  const { data } = await latchkey.graphql(`{ list: ${field.name}${args} ${selection} }`)
  return (data.list.nodes ?? data.list).map(({ id }: { id: string }) => id)
}

/** Asks for few and for many with as many statements. What the server does beside that may add to a count, so it is tried again. */
async function expectAsMany(ask: (first: number) => string, token = latchkey.adminToken): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    const few = await statementsOf(() => send(ask(FEW), token))
    const many = await statementsOf(() => send(ask(MANY), token))
    if (few.length === many.length) return
    if (attempts === 3) return expect(many.length, many.at(-1)).toBe(few.length)
  }
}

async function send(document: string, token: string): Promise<void> {
  const { data, errors } = await graphql(latchkey, document, {}, { token })
  expect(errors, document).toBeUndefined()
  expect(data.list, document).not.toBeNull()
}

/** What can be asked of an item, by name: its own values together, and each field that leads on. */
function selections(type: GraphQLObjectType): [name: string, selection: string][] {
  const fields = free(type)
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type))).map(({ name }) => name)
  const others = fields.flatMap((field): [string, string][] => {
    const selection = within(field, 2)
    return selection === null || selection === field.name ? [] : [[field.name, `{ ${selection} }`]]
  })
  return [['values', `{ ${leaves.join(' ')} }`], ...others]
}

function within(field: GraphQLField<unknown, unknown>, depth: number): string | null {
  const { name, type } = field
  if (isLeafType(getNamedType(type))) return name
  const object = objectOf(type)
  // A list within a list pays for a query of its own for each item, in the cost of the operation. So does the content of a call.
  if (object === undefined || object.name.endsWith('Connection') || object.name === 'RequestContent')
    return null
  const parts = depth === 0 ? ['__typename'] : free(object).flatMap((part) => within(part, depth - 1) ?? [])
  return `${name} { ${parts.join(' ')} }`
}

/** The fields that need no argument. */
function free(type: GraphQLObjectType) {
  return Object.values(type.getFields()).filter(
    ({ args, deprecationReason }) => !args.some(isRequiredArgument) && deprecationReason == null,
  )
}

function objectOf(type: GraphQLOutputType): GraphQLObjectType | undefined {
  const named = getNamedType(type)
  return isObjectType(named) ? named : undefined
}

/** Whether a field gives a page, or a list of objects. */
function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type)
  return named.name.endsWith('Connection') || (!isLeafType(named) && isListType(getNullableType(type)))
}

function firstOf(first: number): string {
  return `(first: ${first})`
}

function queryFields() {
  return Object.values(schema.getQueryType()?.getFields() ?? {})
}
