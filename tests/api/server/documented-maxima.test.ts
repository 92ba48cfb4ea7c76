// Whatever the schema documents as the most that may be requested is served: no documented maximum fails by complexity.

import { Latchkey } from '@latchkey/sdk'
import { schema } from '@latchkey/server/graphql/schema.ts'
import {
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isObjectType,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, signIn } from '../../support/api/client.ts'
import { signedInSdk } from '../../support/api/signed-in-sdk.ts'
import { repositoryFiles, repositoryText } from '../../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
let latchkey: Latchkey
let person: Latchkey
let ownerId = ''
beforeAll(async () => {
  server = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  person = signedInSdk(server.url, await signIn(server))
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
  ownerId = (await latchkey.owners.create({ name: 'an owner' })).id
})
afterAll(() => server.close())

const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' }

const DIMENSIONS = ['MODEL', 'API_KEY', 'UPSTREAM', 'ENDPOINT', 'OUTCOME', 'OWNER', 'LABEL', 'TAG'] as const

test('usage can be grouped by nothing else', () => {
  expect(valuesOf('UsageDimension')).toEqual([...DIMENSIONS].sort())
  expect(valuesOf('UsageGrouping')).toEqual([...DIMENSIONS, 'ERROR_CODE'].sort())
})

function valuesOf(name: string): string[] {
  const type = schema.getType(name)
  return isEnumType(type)
    ? type
        .getValues()
        .map((value) => value.name)
        .sort()
    : []
}

/** Each query of the SDK that has a maximum, at it. */
const atMaximum: Record<string, (client: Latchkey) => Promise<unknown>[]> = {
  ListApiKeys: ({ keys }) => bothEnds((page) => keys.list(page)),
  ListUpstreams: ({ upstreams }) => bothEnds((page) => upstreams.list(page)),
  ListModels: ({ models }) => bothEnds((page) => models.list(page)),
  ListRequestLogs: ({ logs }) => bothEnds((page) => logs.list(page)),
  GetRequestLogFacets: ({ logs }) => [logs.facets({ field: 'API_KEY', first: 50 })],
  GetRequestLogHistogram: ({ logs }) => [logs.histogram({ buckets: 200 })],
  GetUsageSeries: ({ usage }) =>
    DIMENSIONS.map((groupBy) => usage.series({ range, bucket: 'HOUR', groupBy, first: 50 })),
  GetUsageBreakdown: ({ usage }) => [
    ...[...DIMENSIONS, 'ERROR_CODE' as const].map((by) =>
      usage.breakdown({ range, by, first: 50, ...(by === 'LABEL' && { label: 'env' }) }),
    ),
    usage.breakdown({ range, by: 'API_KEY', within: 'MODEL', first: 50, firstWithin: 20 }),
  ],
  GetUsageByKey: ({ usage }) => [Array.fromAsync(usage.byKey({ range }))],
  ListAdminTokens: ({ adminTokens }) => bothEnds((page) => adminTokens.list(page)),
  ListAdmins: ({ admins }) => bothEnds((page) => admins.list(page)),
  ListAlertChannels: ({ alerts }) => bothEnds((page) => alerts.channels.list(page)),
  ListAlertDeliveries: ({ alerts }) => bothEnds((page) => alerts.deliveries.list(page)),
  ListAlertRules: ({ alerts }) => bothEnds((page) => alerts.rules.list(page)),
  ListAlerts: ({ alerts }) => bothEnds((page) => alerts.list(page)),
  ListAuditEvents: ({ audit }) => bothEnds((page) => audit.list(page)),
  ListAuditEventsOfOwner: ({ owners }) => bothEnds((page) => owners.auditEvents(ownerId, page)),
  ListBackups: ({ backups }) => bothEnds((page) => backups.list(page)),
  ListCostRecalculations: ({ costs }) => [costs.recalculations(50)],
  ListFindings: ({ findings }) => bothEnds((page) => findings.list(page)),
  ListKeyLabels: ({ labelLimits }) => [labelLimits.labelsOfKeys({ first: 500, withSpend: true })],
  ListLabelLimits: ({ labelLimits }) => bothEnds((page) => labelLimits.list(page)),
  ListOwners: ({ owners }) => bothEnds((page) => owners.list(page)),
  ListSavedViews: () => bothEnds((page) => person.savedViews.list({ screen: 'LOGS', ...page })),
}

test.each(Object.entries(atMaximum))('the SDK may ask for the most of %s', async (_name, ask) => {
  await expect(Promise.all(ask(latchkey))).resolves.toBeDefined()
})

test('every query of the SDK that has a maximum is among them', () => {
  const counted = sdkOperations()
    .filter(({ variableDefinitions }) =>
      variableDefinitions?.some(({ variable }) => ['first', 'buckets'].includes(variable.name.value)),
    )
    .map(({ name }) => name?.value)
  expect(counted.sort()).toEqual(Object.keys(atMaximum).sort())
})

test('every root field of the schema is in an operation of the SDK', () => {
  const selected = sdkOperations().flatMap(({ selectionSet }) =>
    selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? [one.name.value] : [])),
  )
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const fields = roots.flatMap((type) => Object.keys(type?.getFields() ?? {}))
  expect(fields.filter((field) => !selected.includes(field))).toEqual([])
})

const connections = ['apiKeys', 'upstreams', 'models', 'requestLogs'] as const

test.each(connections)('%s gives 100 with every field that asks for nothing more', async (field) => {
  const connection = objectOf(schema.getQueryType() as GraphQLObjectType, field)
  const selection = everyField(objectOf(connection, 'nodes'))
  for (const args of ['first: 100', 'last: 100']) {
    const body = `{ ${field}(${args}) { nodes ${selection} pageInfo { endCursor hasNextPage } totalCount } }`
    expect((await server.graphql(body)).errors).toBeUndefined()
  }
})

test.each(connections)('%s gives an empty page for first: 0 and last: 0', async (field) => {
  await server.createKey()
  for (const args of ['first: 0', 'last: 0']) {
    const { data, errors } = await server.graphql(
      `{ ${field}(${args}) { nodes { id } pageInfo { startCursor endCursor } } }`,
    )
    expect(errors).toBeUndefined()
    expect(data[field]).toEqual({ nodes: [], pageInfo: { startCursor: null, endCursor: null } })
  }
})

test('nothing at all may be asked for wherever a number of things is', async () => {
  expect(await latchkey.usage.series({ range, bucket: 'DAY', groupBy: 'MODEL', first: 0 })).toEqual([])
  expect((await latchkey.logs.facets({ field: 'MODEL', first: 0 })).values).toEqual([])
  const list = latchkey.keys.list({ first: 0 })
  expect(await Array.fromAsync(list)).toEqual([])
})

function sdkOperations(): OperationDefinitionNode[] {
  return repositoryFiles('sdk/operations')
    .flatMap((file) => parse(repositoryText(file)).definitions)
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
}

function bothEnds<T>(list: (page: { first?: number; last?: number }) => PromiseLike<T>): Promise<T>[] {
  return [{ first: 100 }, { last: 100 }].map(async (page) => await list(page))
}

function objectOf(type: GraphQLObjectType, field: string): GraphQLObjectType {
  const named = getNamedType(type.getFields()[field]?.type)
  if (!isObjectType(named)) throw new Error(`${type.name}.${field} is no object`)
  return named
}

/** A selection of all that a page's own objects hold; what takes arguments is another question, and its own price. */
function everyField(type: GraphQLObjectType, seen: readonly GraphQLObjectType[] = []): string {
  const fields = Object.values(type.getFields()).flatMap(
    ({ name, type: fieldType, args, deprecationReason }) => {
      const named = getNamedType(fieldType)
      if (args.length > 0 || deprecationReason != null) return []
      if (isScalarType(named) || isEnumType(named)) return [name]
      if (!isObjectType(named) || seen.includes(named) || named.getInterfaces().length > 0) return []
      // The content of calls is megabytes; it is asked for one by one.
      return named.name === 'RequestContent' ? [] : [`${name} ${everyField(named, [...seen, type])}`]
    },
  )
  return `{ ${fields.join(' ')} }`
}
