// A key of the showroom: who has it, how it is limited, how it is used, and what becomes of it.

/** When a key is used: in office hours, at all hours, at night, or in sudden bursts of some seconds. */
export type Rhythm = 'OFFICE' | 'ALWAYS' | 'NIGHT' | 'BURST'

/** Days are counted back from the end of the history. */
export type PlannedKey = {
  name: string
  description?: string
  /** The index of its owner; null: nobody. */
  owner: number | null
  labels: { name: string; value: string }[]
  policy: Record<string, unknown> | null
  createdDaysBeforeEnd: number
  /** Negative: it has expired so many days before the end. Null: never. */
  expiresDaysAfterEnd: number | null
  /** Its share of the traffic; 0: it is never used. */
  weight: number
  rhythm: Rhythm
  models: readonly (readonly [string, number])[]
  /** Multiplies the tokens of its calls. */
  size: number
  userAgent: string
  /** The first three parts of its clients' addresses. */
  network: string
  /** What its calls are tagged with. */
  features: readonly string[]
  disabledDaysBeforeEnd?: number
  revokedDaysBeforeEnd?: number
  /** The last day on which it is used. */
  idleDaysBeforeEnd?: number
  /** `oldShare`: of its calls since then, those that still send the old secret. */
  rotation?: { daysBeforeEnd: number; graceDays: number; oldShare: number }
}
