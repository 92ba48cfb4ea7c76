// The product's nouns, under the names that people use; derived from the generated operations.
import type {
  AdminFieldsFragment,
  AdminInvitationFieldsFragment,
  AdminTokenFieldsFragment,
  AlertChannelFieldsFragment,
  AlertDeliveryFieldsFragment,
  AlertFieldsFragment,
  AlertRuleFieldsFragment,
  ApiKeyFieldsFragment,
  AuditEventFieldsFragment,
  BackTestKeyPolicyQuery,
  BackupFieldsFragment,
  CompleteSsoMutation,
  CostRecalculationFieldsFragment,
  CountApiKeysQuery,
  CountFindingsQuery,
  CountOwnersQuery,
  ExplainCallQuery,
  FindingFieldsFragment,
  FollowApiKeysSubscription,
  FollowFindingsSubscription,
  GetApiKeyActivityQuery,
  GetBackupStatusQuery,
  GetLabelLimitUsageQuery,
  GetLedgerHealthQuery,
  GetLinkedInvitationQuery,
  GetModelActivityQuery,
  GetOwnerActivityQuery,
  GetOwnerBudgetsQuery,
  GetPasswordLinkQuery,
  GetRequestLogContentQuery,
  GetRequestLogFacetsQuery,
  GetRequestLogHistogramQuery,
  GetServerQuery,
  GetSetupQuery,
  GetSignInOptionsQuery,
  GetUpstreamActivityQuery,
  GetUsageBreakdownQuery,
  GetUsageSeriesQuery,
  GetViewerQuery,
  ImportApiKeysMutation,
  LabelLimitFieldsFragment,
  LinkedIdentityFieldsFragment,
  ListEnvironmentSettingsQuery,
  ListKeyLabelsQuery,
  ListUpstreamModelsQuery,
  ListUpstreamPresetsQuery,
  ModelFieldsFragment,
  OwnerFieldsFragment,
  PasskeyFieldsFragment,
  RequestLogFieldsFragment,
  SavedViewFieldsFragment,
  SessionFieldsFragment,
  SettingsFieldsFragment,
  SignInMutation,
  SsoProviderFieldsFragment,
  SsoPurpose,
  TestAlertChannelMutation,
  TestSsoProviderMutation,
  TestUpstreamMutation,
  UpstreamFieldsFragment,
  UsageReportFieldsFragment,
  UsageShareFieldsFragment,
  UsageTotalsFieldsFragment,
  UserErrorFieldsFragment,
  VerifyAuditChainQuery,
  VerifyLedgerQuery,
  ViewerFieldsFragment,
} from './generated/operations.ts'

export type AdminToken = AdminTokenFieldsFragment
export type ApiKey = ApiKeyFieldsFragment
export type ApiKeyChange = FollowApiKeysSubscription['apiKeyChanged']['changes'][number]
export type ImportedApiKey = ImportApiKeysMutation['importApiKeys']['results'][number]
export type KeyPolicy = NonNullable<ApiKey['policy']>
export type CallExplanation = NonNullable<ExplainCallQuery['explainCall']['explanation']>
/** What a rule says of a call, with what is used of it. */
export type RuleVerdict = CallExplanation['verdicts'][number]
export type PolicyBackTest = NonNullable<BackTestKeyPolicyQuery['backTestKeyPolicy']['backTest']>
export type ApiKeyCounts = CountApiKeysQuery['apiKeyCounts']
export type OwnerBudgets = Extract<
  NonNullable<GetOwnerBudgetsQuery['nodes'][number]>,
  { readonly budgetUsage: unknown }
>
export type OwnerCounts = CountOwnersQuery['ownerCounts']
export type OwnerActivity = Extract<
  NonNullable<GetOwnerActivityQuery['nodes'][number]>,
  { budgetUsage: unknown }
>
export type ApiKeyActivity = Extract<
  NonNullable<GetApiKeyActivityQuery['nodes'][number]>,
  { budgetUsage: unknown }
>
export type UpstreamActivity = Extract<
  NonNullable<GetUpstreamActivityQuery['nodes'][number]>,
  { activity?: unknown }
>
export type ModelActivity = Extract<
  NonNullable<GetModelActivityQuery['nodes'][number]>,
  { activity?: unknown }
>
/** Calls by the hour, of an upstream or a model. */
export type Activity = NonNullable<UpstreamActivity['activity']>
export type Backup = BackupFieldsFragment
export type BackupStatus = GetBackupStatusQuery['backupStatus']
export type Owner = OwnerFieldsFragment
export type Label = ApiKey['labels'][number]
export type LabelLimit = LabelLimitFieldsFragment
export type LabelLimitUsage = Extract<
  NonNullable<GetLabelLimitUsageQuery['nodes'][number]>,
  { budgetUsage: unknown }
>
export type KeyLabel = ListKeyLabelsQuery['keyLabels'][number]
export type SavedView = SavedViewFieldsFragment
export type RequestLog = RequestLogFieldsFragment
export type RequestLogContent = NonNullable<GetRequestLogContentQuery['requestLog']>
export type RequestContent = NonNullable<RequestLogContent['content']>
export type CostRecalculation = CostRecalculationFieldsFragment
export type UsageReport = UsageReportFieldsFragment
export type UsageTotals = UsageTotalsFieldsFragment
export type ModelUsage = UsageReport['byModel'][number]
export type DayUsage = UsageReport['byDay'][number]
export type UsageBreakdown = GetUsageBreakdownQuery['usageBreakdown']
export type UsageShare = UsageShareFieldsFragment
export type UsageGroup = GetUsageSeriesQuery['usageSeries'][number]
export type UsagePoint = UsageGroup['points'][number]
export type RequestLogHistogram = GetRequestLogHistogramQuery['requestLogHistogram']
export type RequestLogFacets = GetRequestLogFacetsQuery['requestLogFacets']
export type Receipt = NonNullable<RequestLog['receipt']>
export type LedgerHealth = GetLedgerHealthQuery['ledgerHealth']
export type LedgerVerification = VerifyLedgerQuery['ledgerHealth']['verification']
export type Upstream = UpstreamFieldsFragment
export type UpstreamCredential = Upstream['credentials'][number]
export type UpstreamPreset = ListUpstreamPresetsQuery['upstreamPresets'][number]
export type UpstreamTest = TestUpstreamMutation['testUpstream']
export type UpstreamModels = NonNullable<ListUpstreamModelsQuery['upstreamModels']>
export type Model = ModelFieldsFragment
export type ModelPrice = NonNullable<Model['price']>
export type ModelRoute = Model['routes'][number]
export type Alert = AlertFieldsFragment
export type AlertRule = AlertRuleFieldsFragment
export type AlertChannel = AlertChannelFieldsFragment
export type AlertChannelTest = TestAlertChannelMutation['testAlertChannel']
export type AlertDelivery = AlertDeliveryFieldsFragment
export type Server = GetServerQuery['server']
export type Settings = SettingsFieldsFragment
/** A setting of the environment of the server. */
export type EnvironmentSetting = ListEnvironmentSettingsQuery['environmentSettings'][number]
export type Setup = GetSetupQuery['setup']
export type Viewer = NonNullable<GetViewerQuery['viewer']>
export type Finding = FindingFieldsFragment
export type FindingChange = FollowFindingsSubscription['findingChanged']['changes'][number]
export type FindingCount = CountFindingsQuery['findingCounts'][number]
export type AuditEvent = AuditEventFieldsFragment
/** `name`: as it is now; null: of a type that has none. */
export type AuditTarget = { readonly type: string; readonly id: string; readonly name: string | null }
export type FieldChange = AuditEvent['changes'][number]
export type AuditChain = VerifyAuditChainQuery['auditChain']
export type SignedInViewer = ViewerFieldsFragment
export type SignInOutcome = Pick<SignInMutation['signIn'], 'viewer' | 'secondStep'>
export type SecondStep = NonNullable<SignInOutcome['secondStep']>
export type Admin = AdminFieldsFragment
export type Passkey = PasskeyFieldsFragment
export type SignInOptions = GetSignInOptionsQuery['signInOptions']
export type LinkedInvitation = NonNullable<GetLinkedInvitationQuery['linkedInvitation']>
export type PasswordLink = NonNullable<GetPasswordLinkQuery['passwordLink']>
export type SsoOutcome = Pick<CompleteSsoMutation['completeSso'], 'viewer' | 'confirmedUntil'> & {
  purpose: SsoPurpose
}
export type SsoProvider = SsoProviderFieldsFragment
export type SsoTestResult = NonNullable<TestSsoProviderMutation['testSsoProvider']['results']>[number]
export type LinkedIdentity = LinkedIdentityFieldsFragment
export type AdminInvitation = AdminInvitationFieldsFragment
export type Session = SessionFieldsFragment
export type UserError = UserErrorFieldsFragment

export type FormerSecret = NonNullable<RequestLog['usedSecret']>

export type {
  AcceptInvitationInput,
  ActorType,
  AddressRuleInput,
  AdminRole,
  AlertChannelKind,
  AlertDeliveryErrorCode,
  AlertDeliveryFilter,
  AlertDeliveryStatus,
  AlertEmailSettingsInput,
  AlertEvent,
  AlertFilter,
  AlertKind,
  AlertScopeInput,
  AlertSeverity,
  ApiKeyFilter,
  ApiKeyOrder,
  ApiKeyOrderField,
  ApiKeyStatus,
  AuditChainFault,
  AuditEventFilter,
  BackTestKeyPolicyInput,
  BackupFailureCode,
  BudgetInput,
  BudgetWindow,
  BulkExpireApiKeysInput,
  BulkMoveApiKeysInput,
  BulkRelabelApiKeysInput,
  BulkSetApiKeyPolicyInput,
  BulkStopApiKeysInput,
  ChangePasswordInput,
  CompleteSetupInput,
  ConcurrencyRuleInput,
  ConfirmIdentityInput,
  ConfirmMeans,
  ContentCapture,
  ContentUnavailableReason,
  CreateAdminTokenInput,
  CreateAlertChannelInput,
  CreateAlertRuleInput,
  CreateApiKeyInput,
  CreateLabelLimitInput,
  CreateModelInput,
  CreateOwnerInput,
  CreateSavedViewInput,
  CreateUpstreamInput,
  DateTimeRange,
  EndpointRuleInput,
  EnsureApiKeyInput,
  EnsureOwnerInput,
  ExplainCallInput,
  FindingChangeFilter,
  FindingCode,
  FindingFilter,
  FindingSeverity,
  FinishPasskeyRegistrationInput,
  ImportApiKeysInput,
  ImportedApiKeyInput,
  InviteAdminInput,
  KeyPolicyInput,
  LabelInput,
  LimitUnit,
  LimitWindow,
  ModelPriceInput,
  ModelRouteInput,
  ModelRuleInput,
  NewSecretForm,
  Outcome,
  OwnerFilter,
  OwnerKind,
  PasskeySignInInput,
  PriceSource,
  PriceTierInput,
  PriceUnit,
  RateLimitInput,
  RequestLogFacetField,
  RequestLogFilter,
  RotateApiKeyInput,
  RuleMode,
  SecondFactorRule,
  SecretForm,
  SetPasswordInput,
  SignInInput,
  SignInMethod,
  SmtpSecurity,
  SsoFault,
  SsoPurpose,
  SsoTestCode,
  SsoTestStep,
  StartSsoInput,
  UnitPriceInput,
  UnpricedCalls,
  UpdateAdminInput,
  UpdateAdminTokenInput,
  UpdateAlertChannelInput,
  UpdateAlertRuleInput,
  UpdateApiKeyInput,
  UpdateLabelLimitInput,
  UpdateModelInput,
  UpdateOwnerInput,
  UpdateSavedViewInput,
  UpdateSettingsInput,
  UpdateSsoProviderInput,
  UpdateUpstreamInput,
  UpstreamAuthStyle,
  UpstreamCredentialInput,
  UpstreamHeaderInput,
  UpstreamKind,
  UpstreamSource,
  UpstreamTestCode,
  UsageBucket,
  UsageConvention,
  UsageDimension,
  UsageGrouping,
  UsageOrder,
  UsageRank,
  UsageSource,
  UserErrorCode,
  VerifySecondFactorInput,
  ViewScreen,
} from './generated/operations.ts'
