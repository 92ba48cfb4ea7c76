// Models as automation describes them.
import { type EnsuredModel, ensureModel } from '../../../services/models/ensure-model.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { ModelPriceInputRef, sentPrices } from '../pricing/model-price.ts'
import { ModelRef } from './model.ts'
import { RouteInputRef, readRouteInputs } from './model-mutations.ts'

const EnsureModelInput = builder.inputType('EnsureModelInput', {
  description:
    'What the model with this externalId is to be. A field that is absent stays as it is, and is as of any new model where there is none; null clears maxOutputTokens or the price.',
  fields: (t) => ({
    externalId: t.string({
      required: true,
      description: 'What your system calls the model: 1 to 128 characters of ASCII without spaces.',
    }),
    name: t.string({
      required: true,
      description: 'Unique: 1 to 256 characters without spaces; one `*` matches any characters.',
    }),
    routes: t.field({ type: [RouteInputRef], required: true, description: 'All of them, 1 to 50.' }),
    isDefault: t.boolean({ description: 'Make it the default model, which `auto` means.' }),
    enabled: t.boolean({ description: 'Whether it takes calls.' }),
    maxOutputTokens: t.int({ description: 'The upper bound of output tokens of a call.' }),
    sessionAffinity: t.boolean({
      description: 'Whether the calls of one conversation stay on one of several equal routes.',
    }),
    price: t.field({ type: ModelPriceInputRef, description: 'The whole price; null: the list price.' }),
  }),
})

const EnsureModelPayload = resultPayload<EnsuredModel>('EnsureModelPayload', {
  description: 'The model.',
  fields: (t) => ({
    model: t.field({
      type: ModelRef,
      nullable: true,
      description: 'The model as it is now.',
      resolve: (result) => resultValue(result)?.model ?? null,
    }),
    created: t.boolean({
      description: 'True where there was no model with this externalId.',
      resolve: (result) => resultValue(result)?.created ?? false,
    }),
  }),
})

builder.mutationField('ensureModel', (t) =>
  t.field({
    authScopes: { can: 'models:write' },
    type: EnsureModelPayload,
    description:
      'Creates the model with this externalId, or changes it to what is described. Doing so twice changes nothing, and of many at once one creates it.',
    args: { input: t.arg({ type: EnsureModelInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) => {
      const routes = readRouteInputs(input.routes)
      if (!routes.ok) return routes
      return ensureModel(context.plane, actorOf(context), {
        externalId: input.externalId,
        name: input.name,
        routes: routes.value,
        ...(input.isDefault != null && { isDefault: input.isDefault }),
        ...(input.enabled != null && { enabled: input.enabled }),
        ...(input.maxOutputTokens !== undefined && { maxOutputTokens: input.maxOutputTokens }),
        ...(input.sessionAffinity != null && { sessionAffinity: input.sessionAffinity }),
        ...(input.price !== undefined && { price: input.price === null ? null : sentPrices(input.price) }),
      })
    },
  }),
)
