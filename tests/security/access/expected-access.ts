// Who may use each root field and each path of REST: the one table that the authorisation matrix is checked against. It repeats what
// the schema declares on purpose: a change of either is a change of both, which somebody has read.
import type { Access } from '@latchkey/server/graphql/access/declared-scopes.ts'

/** By scope: the fields of Query, Mutation and Subscription, and `METHOD path` of REST. */
const BY_ACCESS: Partial<Record<Access, string>> = {
  OPEN: `viewer setup signIn signOut completeSetup acceptInvitation setPassword verifySecondFactor signInWithPasskey startPasskeySignIn
    signInOptions linkedInvitation passwordLink startSso completeSso`,
  BY_ID: `node nodes`,
  IDENTIFIED: `server`,
  PERSON: `sessions linkedIdentities unlinkIdentity changePassword confirmIdentity confirmTotp disableTotp enrolTotp renewBackupCodes revokeOtherSessions
    revokeSession passkeys deletePasskey finishPasskeyRegistration renamePasskey startPasskeyRegistration
    savedViews createSavedView updateSavedView deleteSavedView`,
  'keys:read': `apiKey apiKeys apiKeyCounts keyLabels apiKeyChanged explainCall; GET /api/api-keys; GET /v1/organization/projects/*/api_keys; GET /v1/organization/projects/*/api_keys/*;
    GET /v1/organization/projects/*/service_accounts; GET /v1/organization/projects/*/service_accounts/*`,
  'keys:write': `createApiKey ensureApiKey importApiKeys bulkDisableApiKeys bulkEnableApiKeys bulkRevokeApiKeys bulkDeleteApiKeys bulkExpireApiKeys
    bulkSetApiKeyPolicy bulkRelabelApiKeys bulkMoveApiKeys updateApiKey rotateApiKey stopFormerSecret createPlaygroundSecret disableApiKey enableApiKey revokeApiKey deleteApiKey;
    POST /api/api-keys; DELETE /api/api-keys/{key_id}; POST /api/api-keys/{key_id}/revoke;
    POST /v1/organization/projects/*/api_keys/*; DELETE /v1/organization/projects/*/api_keys/*;
    POST /v1/organization/projects/*/service_accounts; POST /v1/organization/projects/*/service_accounts/*;
    DELETE /v1/organization/projects/*/service_accounts/*`,
  'secrets:reveal': `revealApiKey`,
  'logs:read': `requestLog requestLogs requestLogFacets requestLogHistogram requestLogTail ledgerHealth; GET /export/logs.{format};
    GET /api/api-keys/{key_id}/logs; GET /api/api-logs`,
  'usage:read': `usage usageSeries usageBreakdown usageByKey backTestKeyPolicy backTestSharedPolicy sharedRuleUsage costRecalculation costRecalculations; GET /export/usage.{format}; GET /api/api-keys/{key_id}/stats;
    GET /v1/organization/usage/completions; GET /v1/organization/usage/embeddings; GET /v1/organization/usage/moderations;
    GET /v1/organization/usage/decisions; GET /v1/organization/usage/images; GET /v1/organization/usage/audio_speeches;
    GET /v1/organization/usage/audio_transcriptions; GET /v1/organization/usage/code_interpreter_sessions;
    GET /v1/organization/usage/file_search_calls; GET /v1/organization/usage/web_search_calls;
    GET /v1/organization/costs`,
  'usage:write': `recalculateCosts cancelCostRecalculation`,
  'upstreams:read': `upstream upstreams upstreamModels upstreamPresets`,
  'upstreams:write': `createUpstream ensureUpstream updateUpstream deleteUpstream testUpstream`,
  'models:read': `model models`,
  'models:write': `createModel ensureModel updateModel deleteModel`,
  'settings:read': `settings environmentSettings ssoProvider backups backupStatus`,
  'settings:write': `updateSettings updateSsoProvider deleteSsoProvider testSsoProvider createBackup deleteBackup markBackup`,
  'backups:read': `GET /export/backups/{key_id}.tar`,
  'admins:read': `admin admins adminInvitations adminTokens; GET /v1/organization/admin_api_keys; GET /v1/organization/admin_api_keys/*;
    GET /v1/organization/users; GET /v1/organization/users/*; GET /v1/organization/roles; GET /v1/organization/roles/*;
    GET /v1/organization/invites; GET /v1/organization/invites/*;
    GET /v1/organization/projects/*/users; GET /v1/organization/projects/*/users/*`,
  'admins:write': `inviteAdmin updateAdmin disableAdmin enableAdmin deleteAdmin resetAdminPassword removeAdminSecondFactors endAdminSessions adminSessions revokeAdminSession
    revokeAdminInvitation unlinkAdminIdentity createAdminToken updateAdminToken rotateAdminToken revokeAdminToken;
    POST /v1/organization/admin_api_keys; DELETE /v1/organization/admin_api_keys/*;
    POST /v1/organization/users/*; DELETE /v1/organization/users/*; POST /v1/organization/invites; DELETE /v1/organization/invites/*;
    POST /v1/organization/projects/*/users; POST /v1/organization/projects/*/users/*; DELETE /v1/organization/projects/*/users/*`,
  'audit:read': `auditEvents auditActions auditChain; GET /v1/organization/audit_logs; GET /export/audit.{format}`,
  'metrics:read': `GET /metrics`,
  'owners:read': `owner owners ownerCounts labelLimits; GET /v1/organization/projects; GET /v1/organization/projects/*;
    GET /v1/organization/projects/*/rate_limits; GET /v1/organization/projects/*/spend_limit`,
  'owners:write': `createOwner ensureOwner updateOwner deleteOwner disableOwner enableOwner createLabelLimit ensureLabelLimit updateLabelLimit deleteLabelLimit;
    POST /v1/organization/projects; POST /v1/organization/projects/*; POST /v1/organization/projects/*/archive;
    POST /v1/organization/projects/*/rate_limits/*; POST /v1/organization/projects/*/spend_limit;
    DELETE /v1/organization/projects/*/spend_limit`,
  'alerts:read': `alertRule alertRules alertChannel alertChannels alertDeliveries alerts findings findingCounts findingChanged`,
  'alerts:write': `createAlertRule updateAlertRule deleteAlertRule muteAlertRule createAlertChannel updateAlertChannel
    deleteAlertChannel rotateAlertChannelSecret testAlertChannel replayAlertDelivery dismissFinding restoreFinding
    dismissFindings restoreFindings`,
}

/** What has a row, and who may use it. */
export const EXPECTED: ReadonlyMap<string, Access> = new Map(
  Object.entries(BY_ACCESS).flatMap(([access, text]) =>
    namesIn(text).map((name) => [name, access as Access]),
  ),
)

function namesIn(text: string): string[] {
  return text.split(';').flatMap((part) => {
    const words = part.trim().split(/\s+/)
    return /^[A-Z]+$/.test(words[0] ?? '') ? [words.join(' ')] : words
  })
}
