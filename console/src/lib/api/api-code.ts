// One query of a screen in the forms in which a program sends it.
import type { Operation } from './operation.ts'

/**
 * The SDK's method for an operation. `first`: the variables that it takes one by one, before an object with the others. `each`: it
 * gives the records one by one, and reads page after page itself. `input`: the variables are those of the operation's one input.
 * `names`: what the SDK calls a variable otherwise.
 */
type Method = {
  path: string
  first?: readonly string[]
  each?: true
  input?: true
  names?: Readonly<Record<string, string>>
}

/** Of several methods, the one that takes what is given. */
const methods: Readonly<Record<string, Method | readonly Method[]>> = {
  ListApiKeys: { path: 'keys.list' },
  GetApiKey: { path: 'keys.get', first: ['id'] },
  CountApiKeys: { path: 'keys.counts' },
  ExplainCall: { path: 'keys.explain', input: true, first: ['apiKeyId'] },
  BackTestKeyPolicy: { path: 'keys.backTest', input: true, first: ['apiKeyId'] },
  BackTestSharedPolicy: [
    { path: 'owners.backTest', input: true, first: ['ownerId'] },
    { path: 'labelLimits.backTest', input: true, first: ['labelLimitId'] },
    { path: 'labelLimits.backTestLabel', input: true, first: ['label'] },
  ],
  FollowApiKeys: { path: 'keys.changes', each: true },
  GetApiKeyActivity: { path: 'keys.activity', first: ['ids'] },
  ListRequestLogs: { path: 'logs.list' },
  GetRequestLog: { path: 'logs.get', first: ['id'] },
  GetRequestLogContent: { path: 'logs.content', first: ['id'] },
  TailRequestLogs: { path: 'logs.tail', first: ['filter'], each: true },
  CountRequestLogs: { path: 'logs.count', first: ['filter'] },
  GetRequestLogHistogram: { path: 'logs.histogram' },
  GetRequestLogFacets: { path: 'logs.facets' },
  GetUsage: { path: 'usage' },
  GetApiKeyUsage: { path: 'usage', names: { id: 'apiKeyId' } },
  GetUsageSeries: { path: 'usage.series' },
  GetUsageBreakdown: { path: 'usage.breakdown' },
  GetUsageByKey: { path: 'usage.byKey', each: true },
  GetCostRecalculation: { path: 'costs.recalculation', first: ['id'] },
  ListCostRecalculations: { path: 'costs.recalculations', first: ['first'] },
  GetLedgerHealth: { path: 'ledger.health' },
  VerifyLedger: { path: 'ledger.verify' },
  ListOwners: { path: 'owners.list' },
  GetOwner: { path: 'owners.get', first: ['id'] },
  CountOwners: { path: 'owners.counts' },
  GetOwnerActivity: { path: 'owners.activity', first: ['ids'] },
  GetOwnerBudgets: { path: 'owners.budgets', first: ['ids'] },
  GetSharedRuleUsage: { path: 'owners.ruleUsage', first: ['id'] },
  ListAuditEventsOfOwner: { path: 'owners.auditEvents', first: ['id'] },
  ListLabelLimits: { path: 'labelLimits.list' },
  GetLabelLimit: { path: 'labelLimits.get', first: ['id'] },
  GetLabelLimitUsage: { path: 'labelLimits.usage', first: ['ids'] },
  ListKeyLabels: { path: 'labelLimits.labelsOfKeys' },
  ListModels: { path: 'models.list' },
  GetModel: { path: 'models.get', first: ['id'] },
  GetModelActivity: { path: 'models.activity', first: ['ids'] },
  ListUpstreams: { path: 'upstreams.list' },
  GetUpstream: { path: 'upstreams.get', first: ['id'] },
  GetUpstreamActivity: { path: 'upstreams.activity', first: ['ids'] },
  ListUpstreamModels: { path: 'upstreams.models', first: ['id'] },
  ListUpstreamPresets: { path: 'upstreams.presets' },
  ListFindings: { path: 'findings.list' },
  FollowFindings: { path: 'findings.changes', first: ['filter'], each: true },
  CountFindings: { path: 'findings.counts' },
  CountAlerts: { path: 'alerts.counts' },
  ListAlerts: { path: 'alerts.list' },
  ListAlertRules: { path: 'alerts.rules.list' },
  GetAlertRule: { path: 'alerts.rules.get', first: ['id'] },
  ListAlertChannels: { path: 'alerts.channels.list' },
  GetAlertChannel: { path: 'alerts.channels.get', first: ['id'] },
  ListAlertDeliveries: { path: 'alerts.deliveries.list' },
  GetAlertDelivery: { path: 'alerts.deliveries.get', first: ['id'] },
  ListAuditEvents: { path: 'audit.list' },
  CountAuditEvents: { path: 'audit.count', first: ['filter'] },
  GetAuditEvent: { path: 'audit.get', first: ['id'] },
  GetAuditEventTarget: { path: 'audit.target', first: ['id'] },
  VerifyAuditChain: { path: 'audit.verify' },
  ListAuditActions: { path: 'audit.actions' },
  ListAdmins: { path: 'admins.list' },
  GetAdmin: { path: 'admins.get', first: ['id'] },
  ListAdminSessions: { path: 'admins.sessions', first: ['id'] },
  ListAdminInvitations: { path: 'admins.invitations' },
  ListSessions: { path: 'sessions.list' },
  ListPasskeys: { path: 'passkeys.list' },
  ListLinkedIdentities: { path: 'sso.linked' },
  GetIdentitiesOfAdmin: { path: 'sso.linkedOf', first: ['id'] },
  ListAdminTokens: { path: 'adminTokens.list' },
  GetAdminToken: { path: 'adminTokens.get', first: ['id'] },
  ListBackups: { path: 'backups.list' },
  GetBackupStatus: { path: 'backups.status' },
  ListSavedViews: { path: 'savedViews.list' },
  GetSettings: { path: 'settings.get' },
  ListEnvironmentSettings: { path: 'settings.environment' },
  GetSsoProvider: { path: 'sso.provider' },
  GetServer: { path: 'server' },
}

/** The names of the SDK's methods that `sdkCode` writes. */
export const sdkMethods: readonly string[] = Object.values(methods)
  .flat()
  .map(({ path }) => path)

/** A program that asks the same through the SDK; null where the SDK's method for it is not known here. */
export function sdkCode({ name, variables }: Operation): string | null {
  const method = [methods[name] ?? []].flat().find((each) => takes(each, variables))
  if (!method) return null
  const { path, first = [], each } = method
  const given = givenTo(method, variables)
  const others = Object.entries(given).filter(([variable]) => !first.includes(variable))
  const args = [
    ...first.map((variable) => given[variable]),
    ...(others.length > 0 ? [Object.fromEntries(others)] : []),
  ]
  while (args.length > 0 && args.at(-1) === undefined) args.pop()
  const call = `latchkey.${path}(${args.map(literal).join(', ')})`
  return `import { Latchkey } from '@latchkey/sdk'

// LATCHKEY_URL and LATCHKEY_ADMIN_TOKEN say where and who.
const latchkey = new Latchkey()
${each ? `for await (const each of ${call}) console.log(each)` : `console.log(await ${call})`}`
}

function takes(method: Method, variables: Operation['variables']): boolean {
  const given = givenTo(method, variables)
  return !method.input || (method.first ?? []).every((variable) => given[variable] !== undefined)
}

/** What a method is given, by the names that it has for it. */
function givenTo({ input, names = {} }: Method, variables: Operation['variables']): Record<string, unknown> {
  const given = input ? (variables.input as Operation['variables'] | undefined) : variables
  return Object.fromEntries(
    Object.entries(withoutNulls(given ?? {})).map(([variable, value]) => [
      names[variable] ?? variable,
      value,
    ]),
  )
}

/**
 * A command for a shell, with the query on one line. A subscription shows its events as they come. What is asked with an API key has it
 * from the environment of the shell.
 */
export function curlCode({ query, variables, name, restPath }: Operation, origin: string): string {
  if (restPath !== undefined)
    return `curl ${shellQuoted(origin + restPath)} \\\n  -H "Authorization: Bearer $LATCHKEY_API_KEY"`
  const oneLine = query.replaceAll(/\s+/g, ' ')
  const body = JSON.stringify({ query: oneLine, variables: withoutNulls(variables), operationName: name })
  const streams = query.startsWith('subscription')
  return [
    `curl ${streams ? '-N ' : ''}${shellQuoted(`${origin}/graphql`)} \\`,
    `  -H "Authorization: Bearer $LATCHKEY_ADMIN_TOKEN" \\`,
    `  -H 'Content-Type: application/json' \\`,
    ...(streams ? [`  -H 'Accept: text/event-stream' \\`] : []),
    `  -d ${shellQuoted(body)}`,
  ].join('\n')
}

/** GraphiQL with the query filled in. The part after # stays in the browser. */
export function graphiqlHref({ query, variables }: Operation): string {
  const text = JSON.stringify(withoutNulls(variables), null, 2)
  return `/graphql#${new URLSearchParams({ query, variables: text })}`
}

function withoutNulls(variables: Operation['variables']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== null && value !== undefined),
  )
}

/** As a person writes a value: names without quotes where they need none. */
function literal(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? 'undefined').replaceAll(/^(\s*)"([A-Za-z_]\w*)":/gm, '$1$2:')
}

/** One word for a POSIX shell, whatever is in it. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
