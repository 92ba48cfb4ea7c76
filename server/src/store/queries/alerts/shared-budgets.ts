// The budgets that the keys of an owner, or of a label, share, and what is spent of them: by the keys that they have now.
import type { UsagePart } from '../../../domain/usage/rollup-changes.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'

export type SharedKind = 'OWNER' | 'LABEL'

/** `label`: of label limits, whose keys share the budget; null: of an owner. */
export type SharedBudgeted = {
  kind: SharedKind
  id: number
  name: string
  policy: string
  label: { name: string; value: string } | null
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
  return [
    ...owners.map((row) => ({ ...common(row), kind: 'OWNER' as const, label: null })),
    ...labels.map((row) => ({
      ...common(row),
      kind: 'LABEL' as const,
      label: { name: String(row.labelName), value: String(row.labelValue) },
    })),
  ]
}

/** What the keys of every owner, or of every label with limits, have spent, by the number of the owner or the limits. */
export async function readSharedSpend(
  store: Store,
  kind: SharedKind,
  parts: readonly UsagePart[],
): Promise<Map<number, number>> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  // In the rollups by key, calls of deleted keys have a word in place of the number.
  const stretches = parts.map(
    ({ kind: of, from, to }) =>
      `SELECT CASE WHEN "value" = 'deleted' THEN 0 ELSE CAST("value" AS INTEGER) END AS "apiKeyId", "costNanoUsd"
       FROM "UsageRollup" WHERE "kind" = ${at(of)} AND "apiKeyId" = 0 AND "bucket" >= ${at(from)} AND "bucket" < ${at(to)}`,
  )
  if (stretches.length === 0) return new Map()
  const rows = await store[SQL].scan(
    `SELECT ${MEMBERS[kind].id} AS id, sum(u."costNanoUsd") AS cost
     FROM (${stretches.join(' UNION ALL ')}) u ${MEMBERS[kind].join} GROUP BY 1`,
    values,
  )
  return new Map(rows.map(({ id, cost }) => [Number(id), Number(cost)]))
}

/** The same of some of them, by requested model, since an hour; `withPast`: and in all expired hours. */
export async function readSharedModelSpend(
  store: Store,
  kind: SharedKind,
  ids: readonly number[],
  fromHour: number,
  withPast: boolean,
): Promise<{ id: number; model: string; costNanoUsd: number }[]> {
  if (ids.length === 0) return []
  const values: SqlValue[] = [fromHour]
  const { id, join } = MEMBERS[kind]
  const past = withPast ? ` OR u."kind" = 'KEY_MODEL_PAST'` : ''
  const rows = await store[SQL].scan(
    `SELECT ${id} AS id, u."value" AS model, sum(u."costNanoUsd") AS cost FROM "UsageRollup" u ${join}
     WHERE ${id} IN (${ids.map((one) => `$${values.push(one)}`).join(', ')})
       AND ((u."kind" = 'KEY_MODEL_HOUR' AND u."bucket" >= $1)${past}) GROUP BY 1, 2`,
    values,
  )
  return rows.map((row) => ({ id: Number(row.id), model: String(row.model), costNanoUsd: Number(row.cost) }))
}

/** How the rollups of keys are joined with what shares a budget. */
const MEMBERS: Record<SharedKind, { id: string; join: string }> = {
  OWNER: {
    id: 'k."ownerId"',
    join: `JOIN "ApiKey" k ON k."id" = u."apiKeyId" AND k."ownerId" IS NOT NULL`,
  },
  LABEL: {
    id: 'm."id"',
    join: `JOIN "ApiKeyLabel" l ON l."apiKeyId" = u."apiKeyId"
      JOIN "LabelLimit" m ON m."labelName" = l."name" AND m."labelValue" = l."value"`,
  },
}

function common(row: Record<string, unknown>) {
  return { id: Number(row.id), name: String(row.name), policy: String(row.policy) }
}
