// The roles of admins in words: what each is called, and what it may do.
import type { Admin } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

export type Role = NonNullable<Admin['role']>

/** From the least to the most. */
const roles: readonly Role[] = ['VIEWER', 'KEY_MANAGER', 'ADMIN', 'OWNER']

const names: Record<Role, () => string> = {
  OWNER: m.people_role_owner,
  ADMIN: m.people_role_admin,
  KEY_MANAGER: m.people_role_key_manager,
  VIEWER: m.people_role_viewer,
}

const meanings: Record<Role, () => string> = {
  OWNER: m.people_role_owner_text,
  ADMIN: m.people_role_admin_text,
  KEY_MANAGER: m.people_role_key_manager_text,
  VIEWER: m.people_role_viewer_text,
}

/** The name of a role; of one that this version does not know, that it is unknown. */
export function roleText(role: Role | null): string {
  return role === null ? m.people_role_unknown() : names[role]()
}

/** One sentence about what a role may do. */
export function roleMeaning(role: Role): string {
  return meanings[role]()
}

/** The roles as options of a select. */
export function roleOptions(): { value: Role; text: string }[] {
  return roles.map((value) => ({ value, text: names[value]() }))
}

/** The second factors of somebody, in words; the passwords and other means of confirming are none. */
export function factorTexts(factors: readonly string[]): string[] {
  const texts: Record<string, () => string> = { TOTP: m.people_factor_app, PASSKEY: m.passkey }
  return factors.flatMap((factor) => texts[factor]?.() ?? [])
}
