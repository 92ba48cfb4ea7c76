// The scopes of admin tokens in words, in groups, and the sets of them that are wanted most.
import { m } from '#lib/paraglide/messages.js'

type ScopeGroup = { title: () => string; scopes: readonly { scope: string; text: () => string }[] }

// biome-ignore format: one line a scope
export const scopeGroups: readonly ScopeGroup[] = [
  { title: m.nav_group_access, scopes: [
    { scope: 'keys:read', text: m.tokens_scope_keys_read },
    { scope: 'keys:write', text: m.tokens_scope_keys_write },
    { scope: 'secrets:reveal', text: m.tokens_scope_secrets },
    { scope: 'owners:read', text: m.tokens_scope_owners_read },
    { scope: 'owners:write', text: m.tokens_scope_owners_write },
  ] },
  { title: m.nav_group_traffic, scopes: [
    { scope: 'usage:read', text: m.tokens_scope_usage_read },
    { scope: 'usage:write', text: m.tokens_scope_usage_write },
    { scope: 'logs:read', text: m.tokens_scope_logs },
    { scope: 'content:read', text: m.tokens_scope_content },
    { scope: 'alerts:read', text: m.tokens_scope_alerts_read },
    { scope: 'alerts:write', text: m.tokens_scope_alerts_write },
    { scope: 'metrics:read', text: m.tokens_scope_metrics },
  ] },
  { title: m.nav_group_routing, scopes: [
    { scope: 'upstreams:read', text: m.tokens_scope_upstreams_read },
    { scope: 'upstreams:write', text: m.tokens_scope_upstreams_write },
    { scope: 'models:read', text: m.tokens_scope_models_read },
    { scope: 'models:write', text: m.tokens_scope_models_write },
  ] },
  { title: m.nav_group_admin, scopes: [
    { scope: 'audit:read', text: m.tokens_scope_audit },
    { scope: 'settings:read', text: m.tokens_scope_settings_read },
    { scope: 'settings:write', text: m.tokens_scope_settings_write },
    { scope: 'backups:read', text: m.tokens_scope_backups },
    { scope: 'admins:read', text: m.tokens_scope_admins_read },
    { scope: 'admins:write', text: m.tokens_scope_admins_write },
  ] },
]

const known = scopeGroups.flatMap(({ scopes }) => scopes)

/** What a scope opens, in the reader's language; one that this version does not know by its name. */
export function scopeText(scope: string): string {
  return known.find((each) => each.scope === scope)?.text() ?? scope
}

/** The scopes without those that another of them implies: writing implies reading. */
export function withoutImplied(scopes: readonly string[]): string[] {
  return scopes.filter(
    (scope) => !(scope.endsWith(':read') && scopes.includes(scope.replace(':read', ':write'))),
  )
}

/** Sets of scopes that are wanted most. */
export const presets: readonly { text: () => string; scopes: readonly string[] }[] = [
  { text: m.tokens_preset_usage, scopes: ['usage:read'] },
  { text: m.tokens_preset_keys, scopes: ['keys:write', 'owners:read'] },
  { text: m.tokens_preset_metrics, scopes: ['metrics:read'] },
  {
    text: m.tokens_preset_read,
    scopes: known.flatMap(({ scope }) =>
      // Neither content nor backups: both hold what clients sent.
      scope.endsWith(':read') && scope !== 'content:read' && scope !== 'backups:read' ? [scope] : [],
    ),
  },
  { text: m.tokens_preset_all, scopes: known.map(({ scope }) => scope) },
]

const LISTED_SCOPES_MAX = 3

/** True where `scopesText` names each of the scopes, since they are few. */
export function areListed(scopes: readonly string[]): boolean {
  return withoutImplied(scopes).length <= LISTED_SCOPES_MAX
}

/** What a token opens, in a few words: the name of the preset that it is, its scopes where they are few, else their number. */
export function scopesText(scopes: readonly string[]): string {
  const own = new Set(withoutImplied(scopes))
  const preset = presets.find((each) => {
    const wanted = withoutImplied(each.scopes)
    return wanted.length === own.size && wanted.every((scope) => own.has(scope))
  })
  if (!areListed(scopes)) return preset?.text() ?? m.tokens_scope_count({ count: own.size })
  return [...own].map(scopeText).join(' · ')
}
