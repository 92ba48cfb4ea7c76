// The budgets that the keys of an owner, or of a label, share, and what is spent of them: by the owner and the labels that a key had
// when it was called.
import type { Sharer } from '../../../domain/usage/attributed-rollups.ts'
import type { Grain } from '../../../domain/usage/rollup.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { SPENT_IN_ROLLUP } from '../usage-rollups.ts'

export type SharedKind = 'OWNER' | 'LABEL'

/** `label`: of label limits, whose keys share the budget; null: of an owner. */
export type SharedBudgeted = {
  kind: SharedKind
  id: number
  name: string
  policy: string
  label: { name: string; value: string } | null
}

/** Of these owners those that have a budget, disabled ones too. */
export async function readBudgetedOwners(
  store: Store,
  numbers: readonly number[],
): Promise<SharedBudgeted[]> {
  if (numbers.length === 0) return []
  const rows = await store[SQL].all(
    `SELECT o."id", o."name", o."policy" FROM "Owner" o
     WHERE o."id" IN (${numbers.map((_, at) => `$${at + 1}`).join(', ')}) AND o."policy" LIKE '%"limitUsd"%'`,
    [...numbers],
  )
  return rows.map(budgetedOwner)
}

/** Of these limits by label those that have a budget, also while they are switched off. */
export async function readBudgetedLabelLimits(
  store: Store,
  numbers: readonly number[],
): Promise<SharedBudgeted[]> {
  if (numbers.length === 0) return []
  const rows = await store[SQL].all(
    `SELECT m."id", m."name", m."policy", m."labelName", m."labelValue" FROM "LabelLimit" m
     WHERE m."id" IN (${numbers.map((_, at) => `$${at + 1}`).join(', ')}) AND m."policy" LIKE '%"limitUsd"%'`,
    [...numbers],
  )
  return rows.map(budgetedLabel)
}

/** Owners, and limits by label, that are enabled and have a budget; at most `limit` of each. */
export async function readSharedBudgeted(store: Store, limit: number): Promise<SharedBudgeted[]> {
  const max = Math.trunc(limit)
  const [owners, labels] = await Promise.all([
    store[SQL].all(
      `SELECT o."id", o."name", o."policy" FROM "Owner" o
       WHERE o."disabledAt" IS NULL AND o."policy" LIKE '%"limitUsd"%' ORDER BY o."id" LIMIT ${max}`,
      [],
    ),
    store[SQL].all(
      `SELECT m."id", m."name", m."policy", m."labelName", m."labelValue" FROM "LabelLimit" m
       WHERE m."enabled" = TRUE AND m."policy" LIKE '%"limitUsd"%' ORDER BY m."id" LIMIT ${max}`,
      [],
    ),
  ])
  return [...owners.map(budgetedOwner), ...labels.map(budgetedLabel)]
}

/** What budgets count of the calls of every owner, or with every label, by the owner's number or the label's text. */
export async function readSharedSpend(
  store: Store,
  kind: SharedKind,
  parts: readonly { grain: Grain; from: number; to: number }[],
): Promise<Map<string, number>> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const stretches = parts.map(
    ({ grain, from, to }) =>
      `SELECT "value", ${SPENT_IN_ROLLUP} AS spent FROM "UsageRollup"
       WHERE "kind" = ${at(`${kind}_${grain}`)} AND "apiKeyId" = 0 AND "bucket" >= ${at(from)} AND "bucket" < ${at(to)}`,
  )
  if (stretches.length === 0) return new Map()
  const rows = await store[SQL].scan(
    `SELECT "value", sum(spent) AS cost FROM (${stretches.join(' UNION ALL ')}) u GROUP BY 1`,
    values,
  )
  return new Map(rows.map(({ value, cost }) => [String(value), Number(cost)]))
}

/** What budgets count of the calls of sharers since an hour, by the number of the sharer and its prefix with the model; `withPast`: and in all expired hours. */
export async function readSharedModelSpend(
  store: Store,
  sharers: readonly Sharer[],
  fromHour: number,
  withPast: boolean,
): Promise<{ number: number; value: string; costNanoUsd: number }[]> {
  if (sharers.length === 0) return []
  const values: SqlValue[] = [fromHour]
  const numbers = sharers.map(({ number }) => `$${values.push(number)}`).join(', ')
  const past = withPast ? ` OR "kind" = 'SHARED_MODEL_PAST'` : ''
  const rows = await store[SQL].scan(
    `SELECT "apiKeyId" AS number, "value" AS value, sum(${SPENT_IN_ROLLUP}) AS cost FROM "UsageRollup"
     WHERE "apiKeyId" IN (${numbers}) AND (("kind" = 'SHARED_MODEL_HOUR' AND "bucket" >= $1)${past}) GROUP BY 1, 2`,
    values,
  )
  return rows.map((row) => ({
    number: Number(row.number),
    value: String(row.value),
    costNanoUsd: Number(row.cost),
  }))
}

function budgetedOwner(row: Record<string, unknown>): SharedBudgeted {
  return { ...common(row), kind: 'OWNER', label: null }
}

function budgetedLabel(row: Record<string, unknown>): SharedBudgeted {
  const label = { name: String(row.labelName), value: String(row.labelValue) }
  return { ...common(row), kind: 'LABEL', label }
}

function common(row: Record<string, unknown>) {
  return { id: Number(row.id), name: String(row.name), policy: String(row.policy) }
}
