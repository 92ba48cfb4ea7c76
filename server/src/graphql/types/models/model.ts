// Models and their routes.
import { storedPrices } from '../../../domain/pricing/stored-prices.ts'
import { modelId, modelNumber } from '../../../domain/upstreams/upstream-id.ts'
import { countModels, findModel, findModels } from '../../../services/models/find-models.ts'
import { type ModelRow, WITH_ROUTES } from '../../../services/models/model-row.ts'
import { priceOfModel } from '../../../services/pricing/model-prices.ts'
import { viewOf } from '../../../services/upstreams/upstream-row.ts'
import { builder } from '../../builder.ts'
import { modelNumberOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { readSearch } from '../../search-text.ts'
import { ModelPriceRef, PriceSourceEnum } from '../pricing/model-price.ts'
import { UpstreamRef } from '../upstreams/upstream.ts'

const RouteRef = builder.prismaObject('ModelRoute', {
  include: WITH_ROUTES.routes.include,
  description: 'One route of a model.',
  fields: (t) => ({
    upstream: t.field({
      type: UpstreamRef,
      description: 'The upstream.',
      resolve: ({ upstream }, _args, { plane }) => viewOf(upstream, plane.encryptionKey),
    }),
    upstreamModel: t.exposeString('upstreamModel', {
      description:
        "The upstream's name of the model. A `*` in it is replaced by what the `*` of the model's name matched.",
    }),
    priority: t.exposeInt('priority', { description: 'The lowest is tried first.' }),
    weight: t.exposeInt('weight', { description: 'The weight among the routes of the same priority.' }),
  }),
})

export const ModelRef = builder.prismaNode('Model', {
  authScopes: { can: 'models:read' },
  id: { field: 'id', description: '`mdl_` and a number.' },
  // node(id:) of a model that is deleted is null, not an error.
  nullable: true,
  // As the services read it, so that a row of theirs needs no further query.
  include: WITH_ROUTES,
  description: 'A model that clients request by its public name, or all models whose names match a pattern.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What clients request; one `*` matches any characters.' }),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'What another system calls it; null: nothing.',
    }),
    routes: t.field({
      type: [RouteRef],
      complexity: { field: 1, multiplier: 3 },
      description: 'Its routes, in the order in which they are tried.',
      resolve: ({ routes }) => routes,
    }),
    isDefault: t.exposeBoolean('isDefault', {
      description: 'Whether it is the default model, which `auto` means.',
    }),
    enabled: t.exposeBoolean('enabled', {
      description: 'A disabled name takes no calls. A disabled pattern is ignored.',
    }),
    maxOutputTokens: t.exposeInt('maxOutputTokens', {
      nullable: true,
      description:
        'The upper bound of output tokens of a chat, completion or response. A call that asks for more, or sets it below 1, is sent with this limit; one that sets none is sent as it is. null: whatever the upstream allows.',
    }),
    sessionAffinity: t.exposeBoolean('sessionAffinity', {
      description:
        'Whether the calls of one conversation stay on one of several equal routes, so that the prompt cache of its upstream serves them. Weights hold across conversations.',
    }),
    price: t.field({
      type: ModelPriceRef,
      nullable: true,
      description: 'The price that an admin has set instead of the list price; null: none.',
      resolve: ({ priceJson }) => storedPrices(priceJson),
    }),
    listPrice: t.field({
      type: ModelPriceRef,
      nullable: true,
      description:
        'The list price at the upstream of its first route; null where the catalog has none, and for a pattern, whose names have prices of their own.',
      resolve: async (model, _args, { plane }) => (await priceOfModel(plane, model)).listed,
    }),
    priceSource: t.field({
      type: PriceSourceEnum,
      description:
        'Where the price of its calls comes from. CATALOG for a pattern: the list prices of those names that have one.',
      resolve: async (model, _args, { plane }) => (await priceOfModel(plane, model)).origin,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When an admin last changed it.' }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
  }),
})

builder.queryField('model', (t) =>
  t.field({
    authScopes: { can: 'models:read' },
    type: ModelRef,
    nullable: true,
    description: 'One model; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of a model: `mdl_…`.' }) },
    resolve: (_root, { id }, { plane }) => findModel(plane, modelNumberOf(id, 'id')),
  }),
)

builder.queryField('models', (t) =>
  t.connection(
    {
      authScopes: { can: 'models:read' },
      type: ModelRef,
      description: 'Models that admins have set up, newest first. first/last: 0 to 100, Default 50.',
      args: {
        search: t.arg.string({
          description:
            'Part of the name or the externalId, in any case; at most 200 characters. Absent: all.',
        }),
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, { plane }) => {
        const search = readSearch(args.search, 'search')
        const page = await readPage<ModelRow, number>(args, {
          keyOf: modelNumber,
          cursorOf: ({ id }) => modelId(id),
          find: (keyset) => findModels(plane, search, keyset),
        })
        return { ...page, search }
      },
    },
    {
      name: 'ModelConnection',
      description: 'A page of models.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match in all.',
          resolve: ({ search }, _args, { plane }) => countModels(plane, search),
        }),
      }),
    },
    { name: 'ModelEdge', description: 'A model in a page.' },
  ),
)
