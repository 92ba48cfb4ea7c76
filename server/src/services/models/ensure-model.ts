// Makes a model be as automation describes it, however often and by however many that is asked for.
import type { Actor } from '../../domain/admins/actor.ts'
import { readExternalId } from '../../domain/automation/external-id.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { inTurn } from '../in-turn.ts'
import { type ModelRow, staleModel } from './model-row.ts'
import { createModel, type ModelInput, updateModel } from './write-model.ts'

/** What is undefined stays as it is, or is as of any new model. Null clears. */
export type EnsureModelInput = Pick<ModelInput, 'name' | 'routes'> &
  Partial<Omit<ModelInput, 'name' | 'routes' | 'externalId'>> & { externalId: string }

export type EnsuredModel = { model: ModelRow; created: boolean }

// Each further one is caused by a change of the same model from elsewhere.
const ATTEMPTS_MAX = 5

/** The model with this external id: created where there is none, else changed to what is described. Of many at once, one creates it. */
export async function ensureModel(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureModelInput,
): Promise<Result<EnsuredModel>> {
  const { externalId } = input
  const read = readExternalId(externalId)
  if (!read.ok) return read
  const find = () => plane.store.prisma.model.findUnique({ where: { externalId }, select: { id: true } })
  return inTurn(`ensure model ${externalId}`, async () => {
    for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts++) {
      const before = await find()
      const result =
        before === null
          ? await createModel(plane, actor, {
              isDefault: false,
              enabled: true,
              maxOutputTokens: null,
              sessionAffinity: true,
              price: null,
              ...defined(input),
              name: input.name,
              routes: input.routes,
              externalId,
            })
          : await updateModel(plane, actor, { ...input, number: before.id, expectedVersion: null })
      if (result.ok) return ok({ model: result.value, created: before === null })
      const codes = result.errors.map(({ code }) => code)
      const isOutrun =
        before === null
          ? // The name may be that of another model, which no further attempt changes.
            codes.includes('TAKEN') && (await find()) !== null
          : codes.includes('STALE') || result.errors.some(({ field }) => field === 'id')
      if (!isOutrun) return result
    }
    return staleModel()
  })
}

function defined(input: EnsureModelInput): Partial<EnsureModelInput> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}
