// The product's nouns, under the names that people use; derived from the generated operations.
import type {
  ApiKeyFieldsFragment,
  GetServerQuery,
  GetSetupQuery,
  GetViewerQuery,
  RequestLogFieldsFragment,
  UsageReportFieldsFragment,
  UsageTotalsFieldsFragment,
  UserErrorFieldsFragment,
} from './generated/operations.ts'

export type ApiKey = ApiKeyFieldsFragment
export type RequestLog = RequestLogFieldsFragment
export type UsageReport = UsageReportFieldsFragment
export type UsageTotals = UsageTotalsFieldsFragment
export type ModelUsage = UsageReport['byModel'][number]
export type DayUsage = UsageReport['byDay'][number]
export type Server = GetServerQuery['server']
export type Setup = GetSetupQuery['setup']
export type Viewer = NonNullable<GetViewerQuery['viewer']>
export type UserError = UserErrorFieldsFragment

export type {
  ActorType,
  ApiKeyFilter,
  ApiKeyStatus,
  CompleteSetupInput,
  CreateApiKeyInput,
  DateTimeRange,
  Outcome,
  RequestLogFilter,
  SignInInput,
  UpdateApiKeyInput,
  UsageSource,
  UserErrorCode,
} from './generated/operations.ts'
