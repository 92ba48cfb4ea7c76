// What the schema documents as the bounds of an input is what userErrors say of a value beyond them: each input of each mutation whose
// description has a number is sent one step too far.
import { randomBytes } from 'node:crypto'
import { schema } from '@latchkey/server/graphql/schema.ts'
import {
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql, PASSWORD, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

type Bounds = Partial<
  Record<'min' | 'max' | 'above' | 'minLength' | 'maxLength' | 'minItems' | 'maxItems', number>
>
type Case = { mutation: string; path: string[]; value: unknown; bounds: Bounds | 'LATEST' }

// Filters are read as those of queries, which have no userErrors; the rest is of sign-in, or needs what a test has not.
const ELSEWHERE =
  /^(?:\w+ filter\b|acceptInvitation |completeSso |setPassword |changePassword |completeSetup |renamePasskey |finishPasskeyRegistration )/
// A number there is no bound of the value, or is said of the labels that a key would have.
const NO_BOUND =
  /abortInFlightCalls|selfRotation|dryRun|secretHash|\.usd$|Timeout|items\.start$|bulkRelabelApiKeys set\./

function whole(text: string): number {
  return Number(text.replaceAll(',', ''))
}

/** One step beyond what a description says; null where it says nothing of the kind. */
function beyond(field: GraphQLInputField): Pick<Case, 'value' | 'bounds'> | null {
  const text = field.description ?? ''
  const bare = isNonNullType(field.type) ? field.type.ofType : field.type
  if (isListType(bare)) {
    const most = /(?:at most|1 to) ([\d,]+)/i.exec(text)?.[1]
    if (most === undefined) return null
    const item = (n: number) => idOf(field.name, n) ?? exampleOf(bare.ofType)
    return {
      value: Array.from({ length: whole(most) + 1 }, (_, n) => item(n + 1)),
      bounds: { maxItems: whole(most) },
    }
  }
  const named = getNamedType(bare).name
  const [, from, to] = /([\d,]+) to ([\d,]+)/.exec(text) ?? []
  if (named === 'Int' || named === 'SafeInt') {
    if (from === undefined || to === undefined) return null
    return { value: whole(to) + 1, bounds: { min: whole(from), max: whole(to) } }
  }
  if (named === 'Decimal') {
    const max = /up to ([\d,]+)/.exec(text)?.[1]
    return max === undefined ? null : { value: String(whole(max) + 1), bounds: { above: 0, max: whole(max) } }
  }
  if (named === 'DateTime')
    return /at most/.test(text) ? { value: '2099-01-01T00:00:00Z', bounds: 'LATEST' } : null
  if (named !== 'String' && named !== 'ID') return null
  const most = /(?:\d to|at most|up to) ([\d,]+) /i.exec(text)?.[1]
  return most === undefined
    ? null
    : { value: 'a'.repeat(whole(most) + 1), bounds: { maxLength: whole(most) } }
}

/** Ids of things that need not be there: what is too long is refused before it is looked for. */
function idOf(name: string, n: number): string | null {
  if (name === 'ids' || name === 'apiKeyIds') return `key_${n}`
  if (name === 'ownerIds') return `own_${n}`
  if (name === 'upstreamIds') return `ups_${n}`
  return name === 'channelIds' ? `ach_${n}` : null
}

/** A value of this type that breaks no rule by itself. */
function exampleOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return exampleOf(type.ofType)
  if (isListType(type)) return [exampleOf(type.ofType)]
  if (isInputObjectType(type)) {
    if (EXAMPLES[type.name] !== undefined) return EXAMPLES[type.name]
    const required = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) && field.defaultValue === undefined,
    )
    return Object.fromEntries(required.map((field) => [field.name, exampleOf(field.type)]))
  }
  const values = {
    ID: 'key_1',
    Int: 1,
    SafeInt: 1,
    Boolean: true,
    Decimal: '1',
    DateTime: '2027-01-01T00:00:00Z',
  }
  const known: unknown = values[type.name as keyof typeof values]
  return known ?? ('getValues' in type ? type.getValues()[0]?.name : 'x')
}

const EXAMPLES: Record<string, unknown> = {
  ImportedApiKeyInput: { name: 'x', secret: randomBytes(24).toString('base64url') },
  ModelRouteInput: { upstreamId: 'ups_1', upstreamModel: 'm', priority: 0, weight: 1 },
  UpstreamHeaderInput: { name: 'x-a', value: 'b' },
}

/** All fields whose descriptions have a bound, with a value beyond it. */
function cases(): Case[] {
  const found: Case[] = []
  for (const { name: mutation, args } of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const walk = (type: GraphQLInputType, path: string[], within: string[]) => {
      const named = getNamedType(type)
      if (!isInputObjectType(named) || within.includes(named.name)) return
      for (const field of Object.values(named.getFields())) {
        const here = [...path, field.name]
        const place = `${mutation} ${here.filter((part) => part !== '0').join('.')}`
        if (ELSEWHERE.test(place)) continue
        const bare = isNonNullType(field.type) ? field.type.ofType : field.type
        if (!NO_BOUND.test(place)) {
          const step = beyond(field)
          if (step !== null) found.push({ mutation, path: here, ...step })
        }
        walk(field.type, isListType(bare) ? [...here, '0'] : here, [...within, named.name])
      }
    }
    for (const argument of args) if (argument.name === 'input') walk(argument.type, [], [])
  }
  return found
}

/** Which kind of rule a field of rules has a meaning for. */
const FIELDS_OF_KIND = {
  UPSTREAM_DOWN: ['afterSeconds', 'scope.upstreamIds'],
  LEDGER_PROBLEM: ['backlogMb'],
  NEW_ADDRESS: ['learnDays'],
  ERROR_RATE: ['minCalls', 'windowMinutes'],
  KEY_EXPIRING: ['withinDays'],
}

let latchkey: TestLatchkey
let cookie = ''
/** Saved views are of people alone. */
const sentBy = (mutation: string) =>
  mutation.endsWith('SavedView') ? { cookie } : { token: latchkey.adminToken }
/** What a mutation needs beside the field that is wrong. */
let bases: Record<string, Record<string, unknown>>
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  cookie = await signIn(latchkey)
  const make = async (mutation: string, field: string, input: Record<string, unknown>): Promise<string> => {
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`
    const { data, errors } = await graphql(
      latchkey,
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${field} { id } userErrors { message } } }`,
      { input },
      sentBy(mutation),
    )
    const id = data?.[mutation][field]?.id
    if (id === undefined) throw new Error(JSON.stringify(errors ?? data))
    return id
  }
  const key = `key_${(await latchkey.createKey()).id}`
  const owner = await make('createOwner', 'owner', { name: 'bounded' })
  const labelLimit = await make('createLabelLimit', 'labelLimit', {
    name: 'bounded',
    label: { name: 'env', value: 'prod' },
    policy: { limits: [{ unit: 'REQUESTS', window: 'MINUTE', max: 1 }] },
  })
  const view = await make('createSavedView', 'savedView', { screen: 'LOGS', name: 'bounded', query: '' })
  const token = await make('createAdminToken', 'adminToken', { name: 'bounded', scopes: ['keys:read'] })
  const upstream = await make('createUpstream', 'upstream', {
    name: 'bounded',
    kind: 'GENERIC',
    baseUrl: 'http://127.0.0.1:9/v1',
  })
  const routes = [{ upstreamId: upstream, upstreamModel: 'm', priority: 0, weight: 1 }]
  const model = await make('createModel', 'model', { name: 'bounded', routes })
  const mail = {
    host: '127.0.0.1',
    port: 587,
    security: 'STARTTLS',
    from: 'a@example.com',
    to: ['b@example.com'],
  }
  const channel = await make('createAlertChannel', 'channel', { name: 'bounded', kind: 'EMAIL', email: mail })
  const ruleOf = async (kind: string) => ({ id: await make('createAlertRule', 'rule', { name: kind, kind }) })
  const admin = (await latchkey.graphql('{ admins { nodes { id } } }')).data.admins.nodes[0].id
  bases = {
    updateApiKey: { id: key },
    rotateApiKey: { id: key },
    updateOwner: { id: owner },
    updateSavedView: { id: view },
    updateLabelLimit: { id: labelLimit },
    updateAdminToken: { id: token },
    rotateAdminToken: { id: token },
    updateUpstream: { id: upstream, credentials: [{ secret: 'x' }] },
    testUpstream: { id: upstream },
    createModel: { routes },
    updateModel: { id: model },
    createAlertChannel: { kind: 'EMAIL', email: mail },
    updateAlertChannel: { id: channel, email: mail },
    createUpstream: { kind: 'GENERIC', baseUrl: 'http://127.0.0.1:9/v1', credentials: [{ secret: 'x' }] },
    updateAlertRule: await ruleOf('BUDGET_SPENT'),
    muteAlertRule: await ruleOf('SPEND_PACE'),
    updateAdmin: { id: admin },
  }
  for (const [kind, fields] of Object.entries(FIELDS_OF_KIND)) {
    const rule = await ruleOf(kind)
    for (const field of fields) {
      bases[`createAlertRule ${field}`] = { kind }
      bases[`updateAlertRule ${field}`] = rule
    }
  }
  for (const { name } of Object.values(schema.getMutationType()?.getFields() ?? {}))
    if (name.startsWith('bulk')) bases[name] = { ids: [key] }
})
afterAll(() => latchkey.close())

function withValue(
  base: unknown,
  type: GraphQLInputType,
  [part, ...rest]: string[],
  value: unknown,
): unknown {
  if (part === undefined) return value
  const named = getNamedType(type)
  if (part === '0') {
    const [item] = Array.isArray(base) ? base : []
    return [withValue(item ?? exampleOf(named), named, rest, value)]
  }
  if (!isInputObjectType(named)) return base
  const object = (base ?? exampleOf(named)) as Record<string, unknown>
  const field = named.getFields()[part]
  if (field === undefined) return object
  const own = { [part]: withValue(object[part], field.type, rest, value) }
  return named.isOneOf ? own : { ...object, ...own }
}

test('every bound that the schema documents is in the userErrors of what is beyond it', async () => {
  const wrong: string[] = []
  const all = cases()
  expect(all.length).toBeGreaterThan(100)
  for (const { mutation, path, value, bounds } of all) {
    const argument = schema
      .getMutationType()
      ?.getFields()
      [mutation]?.args.find(({ name }) => name === 'input')
    if (argument === undefined) continue
    const input = withValue(
      {
        ...(exampleOf(argument.type) as object),
        ...(bases[`${mutation} ${path.join('.')}`] ?? bases[mutation]),
      },
      argument.type,
      path,
      value,
    )
    const { data, errors } = await graphql(
      latchkey,
      `mutation ($input: ${argument.type}) { ${mutation}(input: $input) {
        userErrors { ...Error } ${hasResults(mutation) ? 'results { userErrors { ...Error } }' : ''}
      } }
      fragment Error on UserError {
        code field message bounds { min max above minLength maxLength minItems maxItems earliest latest }
      }`,
      { input },
      sentBy(mutation),
    )
    const place = `${mutation} ${path.join('.')}`
    const payload: Payload = data?.[mutation] ?? { userErrors: [] }
    const userErrors = [payload, ...(payload.results ?? [])].flatMap((each) => each.userErrors)
    // Of an item of some lists, the problem is said of the list or of the item.
    const at = ['input', ...path].join('.')
    const error = userErrors.find(
      ({ field }) => field !== null && field.length > 1 && isWithin(at, field.join('.')),
    )
    if (error === undefined)
      wrong.push(`${place}: ${JSON.stringify(errors?.[0]?.message ?? userErrors).slice(0, 200)}`)
    else if (bounds === 'LATEST' ? typeof error.bounds?.latest !== 'string' : !includes(error.bounds, bounds))
      wrong.push(`${place}: ${JSON.stringify(bounds)} is ${JSON.stringify(error)}`)
  }
  expect(wrong).toEqual([])
}, 120_000)

type Payload = {
  userErrors: { field: string[] | null; bounds: Record<string, unknown> | null }[]
  results?: Payload[]
}

function isWithin(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`)
}

function hasResults(mutation: string): boolean {
  const payload = getNamedType(schema.getMutationType()?.getFields()[mutation]?.type)
  return isObjectType(payload) && payload.getFields().results !== undefined
}

function includes(sent: Record<string, unknown> | null, bounds: Bounds): boolean {
  return Object.entries(bounds).every(([name, value]) => sent?.[name] === value)
}
