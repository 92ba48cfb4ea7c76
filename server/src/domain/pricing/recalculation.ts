// A recalculation of costs: which calls, and what has become of them so far.

export const RECALCULATION_STATUSES = ['RUNNING', 'DONE', 'CANCELLED', 'FAILED'] as const
export type RecalculationStatus = (typeof RECALCULATION_STATUSES)[number]

/** Which calls. Milliseconds since the epoch; `toMs` is not included. Null: of all. */
export type RecalculatedCalls = {
  fromMs: number
  toMs: number
  /** Those whose cost is not known alone. */
  missingOnly: boolean
  /** Requested models. */
  models: string[] | null
  upstreams: string[] | null
  apiKeyIds: number[] | null
}

/** What calls of one requested model cost, before and after; nano-dollars. A cost that was not known was 0. */
export type ModelDifference = { calls: number; oldNanoUsd: bigint; newNanoUsd: bigint }

/** Models that are kept apart. */
export const DIFFERENCE_MODELS_MAX = 100

/** Stands for the models beyond those, as no model is named: with a control character. */
export const OTHER_MODELS = '\n'

/** The calls that changed by requested model; '' is of those that named none. */
export type Differences = Map<string, ModelDifference>

/** Adds a call. Models that come after DIFFERENCE_MODELS_MAX others are counted together. */
export function addDifference(
  differences: Differences,
  model: string,
  oldNanoUsd: number,
  newNanoUsd: number,
): void {
  const name = differences.has(model) || differences.size < DIFFERENCE_MODELS_MAX ? model : OTHER_MODELS
  const sum = differences.get(name) ?? { calls: 0, oldNanoUsd: 0n, newNanoUsd: 0n }
  differences.set(name, {
    calls: sum.calls + 1,
    oldNanoUsd: sum.oldNanoUsd + BigInt(oldNanoUsd),
    newNanoUsd: sum.newNanoUsd + BigInt(newNanoUsd),
  })
}

/** The text of a column: `[model, calls, old, new]` of each, amounts as decimal text. */
export function differencesText(differences: Differences): string {
  return JSON.stringify(
    [...differences].map(([model, { calls, oldNanoUsd, newNanoUsd }]) => [
      model,
      calls,
      String(oldNanoUsd),
      String(newNanoUsd),
    ]),
  )
}

/** Reads what `differencesText` wrote. */
export function storedDifferences(text: string): Differences {
  const stored = JSON.parse(text) as [string, number, string, string][]
  return new Map(
    stored.map(([model, calls, oldNanoUsd, newNanoUsd]) => [
      model,
      { calls, oldNanoUsd: BigInt(oldNanoUsd), newNanoUsd: BigInt(newNanoUsd) },
    ]),
  )
}
