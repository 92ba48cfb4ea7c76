// What the gateway says of a key to whoever has its secret. Instants are RFC 3339 in UTC; amounts are decimals of US dollars, exact.

export type OwnKeyRule = 'address' | 'endpoint' | 'model' | 'budget' | 'tokens' | 'requests' | 'concurrency'
export type OwnLogOutcome = 'success' | 'error' | 'denied' | 'cancelled' | 'interrupted'

/** Other keys that count in the same limit or budget: those of an owner, by its name, or those with a label such as `env=prod`. */
export type OwnKeySharer = { readonly kind: 'owner' | 'label'; readonly name: string }

export type OwnKeyLimit = {
  /** Absent: it is the key's own. */
  readonly sharedBy?: OwnKeySharer | undefined
  readonly unit: 'requests' | 'tokens' | 'concurrency'
  /** Null: none, as of calls at once. */
  readonly window: string | null
  /** The models that it counts; null: all. */
  readonly model: string | null
  readonly limit: number
  readonly remaining: number
  readonly resetsAt: string | null
}

export type OwnKeyBudget = {
  /** Absent: it is the key's own. */
  readonly sharedBy?: OwnKeySharer | undefined
  readonly window: string | null
  readonly model: string | null
  readonly limitUsd: string
  readonly spentUsd: string
  /** What calls in flight may still cost. */
  readonly reservedUsd: string
  readonly remainingUsd: string
  readonly resetsAt: string | null
}

export type OwnKeyInfo = {
  readonly id: string
  readonly name: string
  readonly expiresAt: string | null
  /** Where the key has a newer secret than the one that was sent: until when that works. */
  readonly secretExpiresAt: string | null
  /** Patterns of names; null: every model that there is. */
  readonly models: { readonly allow: readonly string[]; readonly deny: readonly string[] } | null
  /** Patterns of paths; null: every one. */
  readonly endpoints: readonly string[] | null
  /** Whom to ask about the key: of its owner; null: nobody has said. */
  readonly contact: string | null
  /** Whether the key may replace its own secret. */
  readonly selfRotation: boolean
  readonly limits: readonly OwnKeyLimit[]
  readonly budgets: readonly OwnKeyBudget[]
}

export type OwnKeyUsage = {
  readonly calls: number
  readonly successfulCalls: number
  readonly deniedCalls: number
  readonly errorCalls: number
  readonly cancelledCalls: number
  readonly interruptedCalls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly spendUsd: string
}

export type OwnKeyHistory = {
  readonly totals: OwnKeyUsage
  /** Every day, oldest first; `date` is `YYYY-MM-DD`, in UTC. */
  readonly byDay: readonly (OwnKeyUsage & { readonly date: string })[]
  /** Denied calls, most first. */
  readonly denials: readonly {
    readonly rule: OwnKeyRule | null
    readonly errorCode: string
    readonly calls: number
  }[]
  /** True: only the newest calls were counted in `denials`. */
  readonly denialsPartial: boolean
  /** Newest first. */
  readonly recentErrors: readonly OwnLog[]
}

export type OwnLog = {
  readonly id: string
  readonly createdAt: string
  readonly method: string
  readonly endpoint: string
  readonly model: string | null
  readonly outcome: OwnLogOutcome
  readonly status: number | null
  /** The gateway's own name for the error, such as `budget_exhausted`, or the code of an upstream that the client was sent. */
  readonly errorCode: string | null
  /** The rule that denied the call. */
  readonly rule: OwnKeyRule | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cachedInputTokens: number | null
  readonly reasoningTokens: number | null
  readonly costUsd: string | null
  readonly durationMs: number
  readonly timeToFirstTokenMs: number | null
  readonly streamed: boolean
  readonly clientIp: string | null
}

export type ListOwnLogsArgs = {
  /** 1 to 100; 20. */
  limit?: number | undefined
  /** The `lastId` of the page before. */
  after?: string | undefined
  outcome?: OwnLogOutcome | undefined
}

export type OwnLogsPage = {
  readonly data: readonly OwnLog[]
  readonly firstId: string | null
  readonly lastId: string | null
  readonly hasMore: boolean
}

export type RotatedOwnKey = {
  readonly id: string
  readonly secret: string
  readonly expiresAt: string | null
  readonly formerSecretExpiresAt: string
}
