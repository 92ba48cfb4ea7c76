// Makes a model be as automation describes it.
import type { Actor } from '../../domain/admins/actor.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import { ensureRecord } from '../automation/ensure-record.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type ModelRow, staleModel } from './model-row.ts'
import { createModel, type ModelInput, updateModel } from './write-model.ts'

/** What is undefined stays as it is, or is as of any new model. Null clears. */
export type EnsureModelInput = Pick<ModelInput, 'name' | 'routes'> &
  Partial<Omit<ModelInput, 'name' | 'routes' | 'externalId'>> & { externalId: string }

export type EnsuredModel = { model: ModelRow; created: boolean }

/** As `ensureRecord`. */
export async function ensureModel(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureModelInput,
): Promise<Result<EnsuredModel>> {
  const { externalId } = input
  const ensured = await ensureRecord('model', externalId, {
    find: () => plane.store.prisma.model.findUnique({ where: { externalId }, select: { id: true } }),
    create: () =>
      createModel(plane, actor, {
        isDefault: false,
        enabled: true,
        maxOutputTokens: null,
        sessionAffinity: true,
        price: null,
        ...defined(input),
        name: input.name,
        routes: input.routes,
        externalId,
      }),
    update: ({ id }) => updateModel(plane, actor, { ...input, number: id, expectedVersion: null }),
    stale: staleModel,
  })
  return ensured.ok ? ok({ model: ensured.value.row, created: ensured.value.created }) : ensured
}

function defined(input: EnsureModelInput): Partial<EnsureModelInput> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}
