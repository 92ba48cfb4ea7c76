// Makes a record be as automation describes it, however often and by however many that is asked for.
import { readExternalId } from '../../domain/automation/external-id.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import { inTurn } from '../in-turn.ts'

// Each further one is caused by a change of the same record from elsewhere.
const ATTEMPTS_MAX = 5

export type EnsureSteps<Before, Row> = {
  /** The record with the external id; null: there is none. */
  find: () => Promise<Before | null>
  create: () => Promise<Result<Row>>
  update: (before: Before) => Promise<Result<Row>>
  /** What to say when others change the record all the time. */
  stale: () => Result<never>
}

/**
 * The record with this external id: created where there is none, else changed to what is described. Of many at once, one creates it.
 * `noun` is what it is: external ids are unique among records of one kind.
 */
export async function ensureRecord<Before, Row>(
  noun: string,
  externalId: string,
  steps: EnsureSteps<Before, Row>,
): Promise<Result<{ row: Row; created: boolean }>> {
  const read = readExternalId(externalId)
  return read.ok ? ensureNamed(noun, externalId, steps) : read
}

/** The same by another text that is unique among records of one kind, which the steps check. */
export function ensureNamed<Before, Row>(
  noun: string,
  name: string,
  { find, create, update, stale }: EnsureSteps<Before, Row>,
): Promise<Result<{ row: Row; created: boolean }>> {
  return inTurn(`ensure ${noun} ${name}`, async () => {
    for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts++) {
      const before = await find()
      const result = before === null ? await create() : await update(before)
      if (result.ok) return ok({ row: result.value, created: before === null })
      const codes = result.errors.map(({ code }) => code)
      const isOutrun =
        before === null
          ? // Another unique field may be taken, which no further attempt changes.
            codes.includes('TAKEN') && (await find()) !== null
          : codes.includes('STALE') || result.errors.some(({ field }) => field === 'id')
      if (!isOutrun) return result
    }
    return stale()
  })
}
