// Changing models.
import type { RouteInput } from '../../../domain/models/model-input.ts'
import { modelId, readUpstreamId } from '../../../domain/upstreams/upstream-id.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import type { ModelRow } from '../../../services/models/model-row.ts'
import { createModel, deleteModel, updateModel } from '../../../services/models/write-model.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { quoted } from '../../global-id.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { ModelPriceInputRef, sentPrices } from '../pricing/model-price.ts'
import { sentModel } from '../sent-ids.ts'
import { ModelRef } from './model.ts'

const INPUT = 'The input.'
const NAME = 'Unique: 1 to 256 characters without spaces; one `*` matches any characters.'

const EXTERNAL_ID = 'What another system calls it: 1 to 128 characters of ASCII without spaces, unique.'

const MAX_OUTPUT_TOKENS =
  'The upper bound of output tokens of a chat, completion or response. A call that asks for more, or sets it below 1, is sent with this limit; one that sets none is sent as it is.'
const SESSION_AFFINITY =
  'Whether the calls of one conversation stay on one of several equal routes. Weights hold across conversations.'

export const RouteInputRef = builder.inputType('ModelRouteInput', {
  description: 'One route of the model.',
  fields: (t) => ({
    upstreamId: t.id({ required: true, description: 'An upstream that admins have set up.' }),
    upstreamModel: t.string({
      description:
        "The upstream's name of the model. A `*` in it is replaced by what the `*` of the model's name matched. Absent: the model's own name.",
    }),
    priority: t.int({
      required: true,
      defaultValue: 0,
      description: 'The lowest is tried first: 0 to 1000.',
    }),
    weight: t.int({
      required: true,
      defaultValue: 1,
      description: 'The weight among the routes of the same priority: 1 to 1000.',
    }),
  }),
})

const CreateModelInput = builder.inputType('CreateModelInput', {
  description: 'A public name and its routes.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    externalId: t.string({ description: EXTERNAL_ID }),
    routes: t.field({ type: [RouteInputRef], required: true, description: '1 to 50.' }),
    isDefault: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Make it the default model, which `auto` means. The previous default is unset.',
    }),
    enabled: t.boolean({ required: true, defaultValue: true, description: 'Whether it takes calls.' }),
    maxOutputTokens: t.int({ description: MAX_OUTPUT_TOKENS }),
    sessionAffinity: t.boolean({ required: true, defaultValue: true, description: SESSION_AFFINITY }),
    price: t.field({
      type: ModelPriceInputRef,
      description:
        'Instead of the list price. A model without either has no price, and its calls have no known cost.',
    }),
  }),
})

const CreateModelPayload = resultPayload<ModelRow>('CreateModelPayload', {
  description: 'The new model.',
  fields: (t) => ({
    model: t.field({ type: ModelRef, nullable: true, description: 'The new model.', resolve: resultValue }),
  }),
})

builder.mutationField('createModel', (t) =>
  t.field({
    authScopes: { can: 'models:write' },
    type: CreateModelPayload,
    description: 'Makes a model. It takes calls at once.',
    args: { input: t.arg({ type: CreateModelInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const routes = readRouteInputs(input.routes)
      if (!routes.ok) return routes
      return createModel(context.plane, actorOf(context), {
        name: input.name,
        externalId: input.externalId ?? null,
        routes: routes.value,
        isDefault: input.isDefault,
        enabled: input.enabled,
        maxOutputTokens: input.maxOutputTokens ?? null,
        sessionAffinity: input.sessionAffinity,
        price: input.price ? sentPrices(input.price) : null,
      })
    },
  }),
)

const UpdateModelInput = builder.inputType('UpdateModelInput', {
  description:
    'A field that is absent stays as it is; null clears maxOutputTokens or the price. Routes replace all routes.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The model.' }),
    name: t.string({ description: NAME }),
    externalId: t.string({ description: `${EXTERNAL_ID} null: nothing.` }),
    routes: t.field({ type: [RouteInputRef], description: '1 to 50. A route that is absent is deleted.' }),
    isDefault: t.boolean({
      description: 'Make it the default model, which `auto` means. The previous default is unset.',
    }),
    enabled: t.boolean({ description: 'Whether it takes calls.' }),
    maxOutputTokens: t.int({ description: MAX_OUTPUT_TOKENS }),
    sessionAffinity: t.boolean({ description: SESSION_AFFINITY }),
    price: t.field({
      type: ModelPriceInputRef,
      description: 'The whole price; null: the list price.',
    }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

const UpdateModelPayload = resultPayload<ModelRow>('UpdateModelPayload', {
  description: 'The changed model.',
  fields: (t) => ({
    model: t.field({
      type: ModelRef,
      nullable: true,
      description: 'The model as it is now.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('updateModel', (t) =>
  t.field({
    authScopes: { can: 'models:write' },
    type: UpdateModelPayload,
    description: 'Changes a model, from its next call on.',
    args: { input: t.arg({ type: UpdateModelInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentModel(input.id)
      if (!number.ok) return number
      const routes = input.routes ? readRouteInputs(input.routes) : undefined
      if (routes?.ok === false) return routes
      return updateModel(context.plane, actorOf(context), {
        number: number.value,
        name: input.name ?? undefined,
        externalId: input.externalId,
        routes: routes?.value,
        isDefault: input.isDefault ?? undefined,
        enabled: input.enabled ?? undefined,
        maxOutputTokens: input.maxOutputTokens,
        sessionAffinity: input.sessionAffinity ?? undefined,
        price: input.price ? sentPrices(input.price) : input.price,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const DeleteModelInput = builder.inputType('DeleteModelInput', {
  description: 'Which model to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The model.' }) }),
})

const DeleteModelPayload = resultPayload<number>('DeleteModelPayload', {
  description: 'The deleted model.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? modelId(result.value) : null),
    }),
  }),
})

builder.mutationField('deleteModel', (t) =>
  t.field({
    authScopes: { can: 'models:write' },
    type: DeleteModelPayload,
    description:
      'Deletes the model and its routes. Its name is unknown from the next call on. This cannot be undone.',
    args: { input: t.arg({ type: DeleteModelInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentModel(input.id)
      return number.ok ? deleteModel(context.plane, actorOf(context), number.value) : number
    },
  }),
)

/** The routes of an input, or what is wrong with the first that names no upstream. */
export function readRouteInputs(sent: readonly (typeof RouteInputRef.$inferInput)[]): Result<RouteInput[]> {
  const routes: RouteInput[] = []
  for (const { upstreamId, upstreamModel, priority = 0, weight = 1 } of sent) {
    const upstream = readUpstreamId(upstreamId)
    if (typeof upstream !== 'number') {
      const problem =
        upstream === null
          ? `${quoted(upstreamId)} is not the id of an upstream. Those look like ups_12.`
          : `${upstream.environment} is set up in the environment of the server, and takes calls by its own names.`
      return failed('INVALID', 'routes', `routes: ${problem}`)
    }
    routes.push({ upstream, upstreamModel: upstreamModel ?? null, priority, weight })
  }
  return ok(routes)
}
