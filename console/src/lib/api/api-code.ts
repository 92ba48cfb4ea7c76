// One query of a screen in the forms in which a program sends it.
import type { Operation } from './operations.svelte.ts'

/** The SDK's method for an operation, and how it takes the variables: whole, or the id first. */
const methods: Readonly<Record<string, { path: string; takes: 'args' | 'id' | 'nothing' }>> = {
  ListApiKeys: { path: 'keys.list', takes: 'args' },
  GetApiKey: { path: 'keys.get', takes: 'id' },
  CountApiKeys: { path: 'keys.counts', takes: 'nothing' },
  ListRequestLogs: { path: 'logs.list', takes: 'args' },
  GetRequestLog: { path: 'logs.get', takes: 'id' },
  GetRequestLogContent: { path: 'logs.content', takes: 'id' },
  GetRequestLogHistogram: { path: 'logs.histogram', takes: 'args' },
  GetRequestLogFacets: { path: 'logs.facets', takes: 'args' },
  GetUsage: { path: 'usage', takes: 'args' },
  GetUsageSeries: { path: 'usage.series', takes: 'args' },
  GetUsageBreakdown: { path: 'usage.breakdown', takes: 'args' },
  GetUsageByKey: { path: 'usage.byKey', takes: 'args' },
  ListOwners: { path: 'owners.list', takes: 'args' },
  GetOwner: { path: 'owners.get', takes: 'id' },
  ListModels: { path: 'models.list', takes: 'args' },
  GetModel: { path: 'models.get', takes: 'id' },
  ListUpstreams: { path: 'upstreams.list', takes: 'args' },
  GetUpstream: { path: 'upstreams.get', takes: 'id' },
  ListUpstreamModels: { path: 'upstreams.models', takes: 'id' },
  ListFindings: { path: 'findings.list', takes: 'args' },
  ListAlertRules: { path: 'alerts.rules.list', takes: 'args' },
  ListAuditEvents: { path: 'audit.list', takes: 'args' },
  ListAdmins: { path: 'admins.list', takes: 'args' },
  ListAdminTokens: { path: 'adminTokens.list', takes: 'args' },
  GetSettings: { path: 'settings.get', takes: 'nothing' },
  ListEnvironmentSettings: { path: 'settings.environment', takes: 'nothing' },
  GetServer: { path: 'server', takes: 'nothing' },
}

/** The names of the SDK's methods that `sdkCode` writes. */
export const sdkMethods: readonly string[] = Object.values(methods).map(({ path }) => path)

/** A program that asks the same through the SDK; null where the SDK's method for it is not known here. */
export function sdkCode({ name, variables }: Operation): string | null {
  const method = methods[name]
  if (!method) return null
  const { id, ...rest } = withoutNulls(variables)
  const args =
    method.takes === 'nothing'
      ? ''
      : method.takes === 'id'
        ? JSON.stringify(id ?? '')
        : literal({ ...(id === undefined ? {} : { id }), ...rest })
  return `import { Latchkey } from '@latchkey/sdk'

// LATCHKEY_URL and LATCHKEY_ADMIN_TOKEN say where and who.
const latchkey = new Latchkey()
const result = await latchkey.${method.path}(${args})
console.log(result)`
}

/** A command for a shell. */
export function curlCode({ query, variables, name }: Operation, origin: string): string {
  const body = JSON.stringify({ query, variables: withoutNulls(variables), operationName: name })
  return [
    `curl ${shellQuoted(`${origin}/graphql`)} \\`,
    `  -H "Authorization: Bearer $LATCHKEY_ADMIN_TOKEN" \\`,
    `  -H 'Content-Type: application/json' \\`,
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

/** As a person writes an object: names without quotes where they need none. */
function literal(value: Record<string, unknown>): string {
  if (Object.keys(value).length === 0) return ''
  return JSON.stringify(value, null, 2).replaceAll(/^(\s*)"(\w+)":/gm, '$1$2:')
}

/** One word for a POSIX shell, whatever is in it. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
