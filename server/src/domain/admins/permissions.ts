// What an admin or an admin token may do: scopes, and the roles of people as sets of scopes.

const MEANINGS = {
  'keys:read': 'API keys: names, policies and state',
  'keys:write': 'create, change, rotate, disable, revoke and delete API keys',
  'secrets:reveal': 'the secrets of API keys that have an encrypted copy',
  'logs:read': 'request logs, and the health of the ledger',
  'content:read': 'the content of calls; request logs need logs:read beside it',
  'usage:read': 'usage, costs and statistics',
  'usage:write': 'recalculate what calls cost',
  'upstreams:read': 'upstreams, their health and their models; never credentials',
  'upstreams:write': 'create, change, test and delete upstreams and their credentials',
  'models:read': 'models, routes and prices',
  'models:write': 'create, change and delete models, routes and prices',
  'settings:read': 'the settings',
  'settings:write': 'change the settings; make and delete backups',
  'backups:read': 'download backups, which hold the whole database; the list of them needs settings:read',
  'admins:read': 'admins and admin tokens',
  'admins:write': 'invite, change and remove admins and admin tokens; see and end the sessions of admins',
  'audit:read': 'audit events',
  'metrics:read': '/metrics',
  'owners:read': 'owners of API keys',
  'owners:write': 'create, change and delete owners',
  'alerts:read': 'alert rules, channels and findings',
  'alerts:write': 'create, change and delete alert rules and channels; dismiss findings',
} as const

export type Scope = keyof typeof MEANINGS

export const SCOPES = Object.keys(MEANINGS) as readonly Scope[]

/** What a scope opens, in a few words. */
export function meaningOf(scope: Scope): string {
  return MEANINGS[scope]
}

/** True for text that is a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(MEANINGS, text)
}

export const ROLES = ['OWNER', 'ADMIN', 'KEY_MANAGER', 'VIEWER'] as const
export type Role = (typeof ROLES)[number]

// Neither what calls say, nor secrets, nor who administers.
const VIEWER: readonly Scope[] = [
  'keys:read',
  'logs:read',
  'usage:read',
  'upstreams:read',
  'models:read',
  'settings:read',
  'metrics:read',
  'owners:read',
  'alerts:read',
]

const SCOPES_OF: Record<Role, ReadonlySet<Scope>> = {
  OWNER: new Set(SCOPES),
  // Who administers is the owners' to decide, and a backup holds what they alone may know.
  ADMIN: new Set(SCOPES.filter((scope) => scope !== 'admins:write' && scope !== 'backups:read')),
  KEY_MANAGER: new Set<Scope>([...VIEWER, 'keys:write']),
  VIEWER: new Set(VIEWER),
}

/** Every scope: the admin token of the environment, and owners. */
export const ALL_SCOPES: ReadonlySet<Scope> = SCOPES_OF.OWNER

const NONE: ReadonlySet<Scope> = new Set()

/** The role with this name; null for a name that this version does not know, which is allowed nothing. */
export function readRole(stored: string): Role | null {
  return ROLES.find((role) => role === stored) ?? null
}

/** The scopes of a role; null has none. */
export function scopesOfRole(role: Role | null): ReadonlySet<Scope> {
  return role === null ? NONE : SCOPES_OF[role]
}

/** The scopes with what they imply: who may write may read the same, since a mutation returns what it changed. */
export function withImplied(scopes: Iterable<Scope>): ReadonlySet<Scope> {
  const all = new Set(scopes)
  for (const scope of [...all]) {
    const reading = scope.replace(/:write$/, ':read')
    if (isScope(reading)) all.add(reading)
  }
  return all
}

/** The scopes of `granted` that the granting one lacks. Nobody grants what he has not: it must be empty. */
export function scopesBeyond(granted: Iterable<Scope>, having: ReadonlySet<Scope>): Scope[] {
  return [...withImplied(granted)].filter((scope) => !having.has(scope))
}
