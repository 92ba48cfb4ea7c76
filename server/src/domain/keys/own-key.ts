// What an application may ask of the API key that it sends, beside what the gateway has of it in memory: its history, its request
// logs, and a new secret. The process that has the database replies.
import type { CallError } from '../errors.ts'
import type { Outcome } from '../logs/call-record.ts'

/** Bounds of what may be asked. */
export const OWN_KEY_MAX = {
  historyDays: 30,
  /** Request logs of a page. */
  logs: 100,
  /** Error codes of denied calls in a history. */
  denialCodes: 20,
  recentErrors: 20,
  /** Of one key; the ledger is read for each. */
  questionsPerMinute: 60,
  rotationsPerHour: 10,
  /** Of all keys at once: more would wait for the ledger, and others with them. */
  questionsAtOnce: 4,
} as const

/** Request logs of a page where nothing else is asked. */
export const OWN_LOGS_DEFAULT = 20

export type OwnKeyRequest =
  /** The last `days` days of UTC, today included. */
  | { ask: 'HISTORY'; keyId: number; days: number }
  | ({ ask: 'LOGS'; keyId: number } & OwnLogsQuery)
  /** `hashHex`: of the secret that was sent. */
  | {
      ask: 'ROTATION'
      keyId: number
      hashHex: string
      graceSeconds: number
      /** Null: the request has none. */
      idempotencyKey: string | null
      ip: string | null
      requestId: string
    }

/** Newest first. `after`: the request id that the page begins after; null: the newest. `outcome` null: any. */
export type OwnLogsQuery = { limit: number; after: string | null; outcome: Outcome | null }

export type OwnKeyReply =
  | { history: KeyHistory }
  | { page: OwnLogsPage }
  | { rotated: RotatedSecret }
  | { refused: CallError }

/** Calls and what they used. */
export type KeyUsage = {
  calls: number
  successes: number
  denied: number
  /** After they were admitted. */
  errors: number
  cancelled: number
  interrupted: number
  inputTokens: number
  outputTokens: number
  costNanoUsd: number
}

export type KeyHistory = {
  /** Every day of the range, oldest first; `day` in days since the epoch, in UTC. */
  days: (KeyUsage & { day: number })[]
  /** Denied calls by the error code that the log has, most first. */
  denials: { errorCode: string; calls: number }[]
  /** There were so many calls that only the newest of them are in `denials`. */
  denialsPartial: boolean
  /** Newest first. */
  recentErrors: OwnLog[]
}

export type OwnLogsPage = {
  logs: OwnLog[]
  /** The request id to go on after; null: there are no more. */
  next: string | null
}

/** A request log without what is the gateway's own: upstream, credential, attempts, and the words of upstreams. */
export type OwnLog = {
  id: string
  method: string
  endpoint: string
  model: string | null
  outcome: Outcome
  httpStatus: number | null
  /** Of the gateway's catalogue, or the `error.code` that the client was sent. */
  errorCode: string | null
  inputTokens: number | null
  outputTokens: number | null
  cachedInputTokens: number | null
  reasoningTokens: number | null
  costNanoUsd: number | null
  durationMs: number
  timeToFirstTokenMs: number | null
  streamed: boolean
  clientIp: string | null
}

export type RotatedSecret = {
  /** Null: the request was sent again, and the first response has shown it. */
  secret: string | null
  /** When the secret before it stops working; milliseconds since the epoch. */
  formerUntilMs: number
  expiresAtMs: number | null
}

/** What replies to these requests. Rejects where the database does not respond. */
export type OwnKeys = (request: OwnKeyRequest) => Promise<OwnKeyReply>
