// @latchkey/sdk: the admin API of a Latchkey server, typed.
export { Auth } from './auth.ts'
export {
  ApiError,
  AuthenticationError,
  ConnectionError,
  LatchkeyError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  UserInputError,
} from './errors.ts'
export {
  type CreatedApiKey,
  Keys,
  type ListApiKeysArgs,
  type RotatedApiKey,
  type StopOptions,
  type StoppedApiKey,
} from './keys.ts'
export { Latchkey } from './latchkey.ts'
export { Ledger } from './ledger.ts'
export { LogTail, type TailEvent, type TailOptions } from './log-tail.ts'
export { type ListRequestLogsArgs, Logs } from './logs.ts'
export { Models } from './models.ts'
export type { CallOptions, LatchkeyOptions } from './options.ts'
export { List, type Page, type PageArgs } from './page.ts'
export type * from './types.ts'
export { Upstreams } from './upstreams.ts'
export type { Usage, UsageArgs, UsageSeriesArgs } from './usage.ts'
