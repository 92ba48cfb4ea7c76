// @latchkey/sdk: the admin API of a Latchkey server, typed.

export { AdminTokens, type CreatedAdminToken, type RotateAdminTokenOptions } from './admins/admin-tokens.ts'
export { Admins } from './admins/admins.ts'
export { Auth } from './admins/auth.ts'
export { type PasskeyCeremony, Passkeys } from './admins/passkeys.ts'
export { SecondFactors } from './admins/second-factors.ts'
export { Sessions } from './admins/sessions.ts'
export { Sso } from './admins/sso.ts'
export {
  type AlertChannels,
  type AlertChannelWithSecret,
  type AlertDeliveries,
  type AlertRules,
  Alerts,
} from './alerts/alerts.ts'
export {
  type AlertWebhook,
  type VerifyOptions,
  verifyWebhook,
  type WebhookHeaders,
  WebhookVerificationError,
} from './alerts/verify-webhook.ts'
export { type BackupNote, Backups } from './backups/backups.ts'
export { Export, type ExportFormat, type ExportRow } from './exports/export.ts'
export {
  type ExportAuditArgs,
  type ExportLimits,
  type ExportLogsArgs,
  Exports,
  type ExportUsageArgs,
} from './exports/exports.ts'
export { BulkKeys, type BulkResult } from './keys/bulk-keys.ts'
export {
  type AbortedCalls,
  type ApiKeyImport,
  type CreatedApiKey,
  type EnsuredApiKey,
  Keys,
  type ListApiKeysArgs,
  type PlaygroundSecret,
  type RotatedApiKey,
  type StopOptions,
  type StoppedApiKey,
} from './keys/keys.ts'
export { LatchkeyKey, type LatchkeyKeyOptions } from './keys/own-key.ts'
export type * from './keys/own-key-types.ts'
export {
  type EnsuredLabelLimit,
  type KeyLabelsArgs,
  LabelLimits,
  type ListLabelLimitsArgs,
} from './labels/label-limits.ts'
export { Latchkey } from './latchkey.ts'
export { Ledger } from './logs/ledger.ts'
export { LogTail, type TailEvent, type TailOptions } from './logs/log-tail.ts'
export { type ListRequestLogsArgs, Logs } from './logs/logs.ts'
export { type EnsuredModel, type ListModelsArgs, Models } from './models/models.ts'
export {
  type DeleteOwnerOptions,
  type DisableOwnerOptions,
  type EnsuredOwner,
  type ListOwnersArgs,
  Owners,
} from './owners/owners.ts'
export { ChangeFeed, type ChangesEvent, type FollowOptions } from './transport/changes.ts'
export {
  AlreadyRevealedError,
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  LatchkeyError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  SsoError,
  StepUpRequiredError,
  TimeoutError,
  UserInputError,
} from './transport/errors.ts'
export type { CallOptions, LatchkeyOptions, OperationCost, StepUp } from './transport/options.ts'
export { List, type Page, type PageArgs } from './transport/page.ts'
export type * from './types.ts'
export { type EnsuredUpstream, type ListUpstreamsArgs, Upstreams } from './upstreams/upstreams.ts'
export { Costs } from './usage/costs.ts'
export type { Usage, UsageArgs, UsageBreakdownArgs, UsageByKeyArgs, UsageSeriesArgs } from './usage/usage.ts'
export { type ListSavedViewsArgs, SavedViews } from './views/saved-views.ts'
