// The client: one object, one namespace for each noun.

import { AdminTokens } from './admins/admin-tokens.ts'
import { Admins } from './admins/admins.ts'
import { Auth } from './admins/auth.ts'
import { Passkeys } from './admins/passkeys.ts'
import { SecondFactors } from './admins/second-factors.ts'
import { Sessions } from './admins/sessions.ts'
import { Sso } from './admins/sso.ts'
import { Alerts } from './alerts/alerts.ts'
import { Audit } from './audit/audit.ts'
import { Backups } from './backups/backups.ts'
import { Exports } from './exports/exports.ts'
import { Findings } from './findings/findings.ts'
import { Keys } from './keys/keys.ts'
import { LabelLimits } from './labels/label-limits.ts'
import { Ledger } from './logs/ledger.ts'
import { Logs } from './logs/logs.ts'
import { Models } from './models/models.ts'
import { Owners } from './owners/owners.ts'
import { Settings } from './settings/settings.ts'
import { type CallOptions, type LatchkeyOptions, resolveOptions } from './transport/options.ts'
import { createSubscribe } from './transport/subscribe.ts'
import { createTransport, type Send } from './transport/transport.ts'
import type { Server } from './types.ts'
import { Upstreams } from './upstreams/upstreams.ts'
import { Costs } from './usage/costs.ts'
import { createUsage, type Usage } from './usage/usage.ts'
import { SavedViews } from './views/saved-views.ts'

/** The admin API of one Latchkey server. Without options it reads LATCHKEY_URL and LATCHKEY_ADMIN_TOKEN. */
export class Latchkey {
  readonly keys: Keys
  readonly owners: Owners
  readonly labelLimits: LabelLimits
  readonly logs: Logs
  readonly usage: Usage
  readonly costs: Costs
  readonly ledger: Ledger
  readonly upstreams: Upstreams
  readonly models: Models
  readonly settings: Settings
  readonly audit: Audit
  readonly findings: Findings
  readonly alerts: Alerts
  readonly exports: Exports
  readonly backups: Backups
  readonly auth: Auth
  readonly admins: Admins
  readonly sessions: Sessions
  readonly secondFactors: SecondFactors
  readonly adminTokens: AdminTokens
  readonly passkeys: Passkeys
  readonly sso: Sso
  readonly savedViews: SavedViews
  readonly #send: Send

  constructor(options: LatchkeyOptions = {}) {
    const resolved = resolveOptions(options)
    this.#send = createTransport(resolved)
    const subscribe = createSubscribe(resolved)
    this.keys = new Keys(this.#send, subscribe, resolved.maxRetries)
    this.owners = new Owners(this.#send)
    this.labelLimits = new LabelLimits(this.#send)
    this.logs = new Logs(this.#send, subscribe, resolved.maxRetries)
    this.usage = createUsage(this.#send)
    this.costs = new Costs(this.#send)
    this.ledger = new Ledger(this.#send)
    this.upstreams = new Upstreams(this.#send)
    this.models = new Models(this.#send)
    this.settings = new Settings(this.#send)
    this.audit = new Audit(this.#send)
    this.findings = new Findings(this.#send, subscribe, resolved.maxRetries)
    this.alerts = new Alerts(this.#send)
    this.exports = new Exports(resolved)
    this.backups = new Backups(this.#send, resolved)
    this.auth = new Auth(this.#send)
    this.admins = new Admins(this.#send)
    this.sessions = new Sessions(this.#send)
    this.secondFactors = new SecondFactors(this.#send)
    this.adminTokens = new AdminTokens(this.#send)
    this.passkeys = new Passkeys(this.#send)
    this.sso = new Sso(this.#send)
    this.savedViews = new SavedViews(this.#send)
  }

  /** Version, database and models of the server. */
  async server(options?: CallOptions): Promise<Server> {
    return (await this.#send((api, signal) => api.GetServer({}, signal), options)).server
  }
}
