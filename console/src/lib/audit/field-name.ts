// What the fields of audit events are called, as the console's own forms call them.
import { m } from '#lib/paraglide/messages.js'

/**
 * "Budget 1 · US dollars" for `policy.budgets[0].limitUsd`. A part that has no name here stands as it is recorded, such as the id of a
 * credential; undefined: no part has one.
 */
export function fieldName(path: string): string | undefined {
  // "budget month gpt-4.1* spentUsd": the pattern of a model may have dots.
  if (path.startsWith('budget ')) return path.endsWith(' spentUsd') ? m.audit_field_spent() : m.spend_budget()
  const parts = path.split('.')
  const named = parts.map(partName)
  if (named.every((name) => name === undefined)) return undefined
  const shown = parts.flatMap((part, at) =>
    at < parts.length - 1 && frames.has(part) ? [] : [named[at] ?? part],
  )
  return shown.join(' · ')
}

/** They say nothing beside the part that they contain. */
const frames = new Set(['policy', 'email', 'thresholds'])

const numbered = new Map([
  ['budgets', m.audit_field_budget],
  ['limits', m.audit_field_limit],
])

const names: Record<string, () => string> = {
  // Of more than one kind of thing.
  name: m.name,
  description: m.description,
  enabled: m.models_enabled,
  externalId: m.owners_external_id,
  expiresAt: m.expires,
  kind: m.owners_kind,
  labels: m.key_labels,
  label: m.label_label,
  ownerId: m.key_owner,
  ownerIds: m.people_owners,
  owners: m.people_owners,
  networks: m.tokens_networks,
  note: m.backup_note,
  policy: m.key_limits,
  secret: m.secret,
  start: m.audit_field_start,
  weight: m.routing_weight,
  // Of keys and tokens.
  revokedAt: m.revoked_at,
  formerSecretExpiresAt: m.audit_field_former_secret,
  formerTokenExpiresAt: m.audit_field_former_token,
  // Of owners.
  contact: m.owners_contact,
  moveKeysTo: m.audit_field_moved_to,
  movedKeys: m.audit_field_moved_keys,
  // Of limits.
  limitUsd: m.policy_amount,
  window: m.policy_window,
  timeZone: m.policy_time_zone,
  model: m.policy_of_models,
  mode: m.audit_field_mode,
  unpriced: m.policy_unpriced,
  warnAtPercent: m.policy_warn_at,
  unit: m.policy_unit,
  max: m.policy_max,
  maxCalls: m.policy_max,
  concurrency: m.policy_concurrency,
  models: m.policy_models,
  addresses: m.policy_networks,
  endpoints: m.policy_endpoints,
  allow: m.audit_field_allow,
  deny: m.audit_field_deny,
  capture: m.policy_capture,
  selfRotation: m.policy_self_rotation,
  sharedObjects: m.policy_shared_objects,
  // Of upstreams.
  baseUrl: m.upstreams_base_url,
  authStyle: m.upstreams_auth_style,
  proxyUrl: m.upstreams_proxy,
  connectTimeoutMs: m.audit_field_connect_timeout,
  firstByteTimeoutMs: m.audit_field_first_byte_timeout,
  idleTimeoutMs: m.audit_field_idle_timeout,
  requestStreamUsage: m.upstreams_stream_usage,
  credentials: m.upstreams_credential,
  headers: m.audit_field_header,
  // Of models.
  isDefault: m.models_default,
  maxOutputTokens: m.models_max_output,
  sessionAffinity: m.models_affinity,
  price: m.models_price,
  routes: m.models_routes,
  // Of alerts.
  origin: m.alerts_origin,
  url: m.alerts_url,
  host: m.alerts_smtp_host,
  port: m.alerts_smtp_port,
  severity: m.alerts_severity,
  repeatMinutes: m.alerts_repeat,
  mutedUntil: m.audit_field_muted_until,
  scope: m.alerts_scope,
  channelIds: m.alerts_channels,
  percent: m.alerts_percent,
  windowMinutes: m.alerts_window_minutes,
  minCalls: m.alerts_min_calls,
  afterSeconds: m.alerts_after_seconds,
  withinDays: m.alerts_within_days,
  learnDays: m.alerts_learn_days,
  backlogMb: m.alerts_backlog_mb,
  // Of settings and the sign-in provider.
  defaultPolicy: m.settings_default_policy,
  policyCeiling: m.settings_ceiling,
  defaultExpiryDays: m.settings_default_expiry,
  maxExpiryDays: m.settings_max_expiry,
  sessionIdleMinutes: m.settings_idle,
  sessionMaxDays: m.settings_session_days,
  requireSecondFactor: m.settings_require_factor,
  passwordSignIn: m.settings_passwords,
  secretForm: m.settings_secret_form,
  backupHour: m.settings_backup_hour,
  backupsKept: m.settings_backups_kept,
  issuer: m.settings_issuer,
  clientId: m.settings_client_id,
  clientSecret: m.settings_client_secret,
  scopes: m.settings_scopes,
  buttonLabel: m.settings_button,
  roleClaim: m.settings_role_claim,
  roleMapping: m.settings_mapping,
  defaultRole: m.settings_default_role,
  ownersClaim: m.settings_owners_claim,
  emailDomains: m.settings_domains,
  createsAdmins: m.settings_creates,
  linksVerifiedEmails: m.settings_links,
  // Of admins.
  role: m.people_role,
  displayName: m.people_display_name,
  email: m.people_email,
  invitedBy: m.people_invited_by,
  passkey: m.passkey,
  sessions: m.audit_field_sessions,
  attempts: m.alerts_attempts,
  reason: m.audit_field_reason,
  // Of backups, views and recalculations.
  bytes: m.audit_field_bytes,
  scheduled: m.backup_scheduled,
  screen: m.palette_screen,
  query: m.audit_field_query,
  shared: m.views_share_new,
  from: m.audit_from,
  to: m.audit_to,
  upstreams: m.nav_upstreams,
  apiKeyIds: m.keys_title,
  changedCalls: m.audit_field_changed_calls,
  differenceUsd: m.spend_order_change,
}

function partName(part: string): string | undefined {
  const [, list = '', at] = /^(\w+)\[(\d+)\]$/.exec(part) ?? []
  if (at !== undefined) return numbered.get(list)?.({ number: String(Number(at) + 1) })
  return Object.hasOwn(names, part) ? names[part]?.() : undefined
}
