// Models: public names, and where they go.
import { storedPrices } from '../../../domain/pricing/stored-prices.ts'
import { modelId, modelNumber } from '../../../domain/upstreams/upstream-id.ts'
import { countModels, findModel, findModels } from '../../../services/models/find-models.ts'
import { type ModelRow, WITH_ROUTES } from '../../../services/models/model-row.ts'
import { priceOfModel } from '../../../services/pricing/model-prices.ts'
import { viewOf } from '../../../services/upstreams/upstream-row.ts'
import { builder } from '../../builder.ts'
import { modelNumberOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { ModelPriceRef, PriceSourceEnum } from '../pricing/model-price.ts'
import { UpstreamRef } from '../upstreams/upstream.ts'

const RouteRef = builder.prismaObject('ModelRoute', {
  include: WITH_ROUTES.routes.include,
  description: 'One way that calls of a model go.',
  fields: (t) => ({
    upstream: t.field({
      type: UpstreamRef,
      description: 'Where to.',
      resolve: ({ upstream }, _args, { plane }) => viewOf(upstream, plane.encryptionKey),
    }),
    upstreamModel: t.exposeString('upstreamModel', {
      description: "The model's name there; its `*` is what the `*` of the model's name stands for.",
    }),
    priority: t.exposeInt('priority', { description: 'The lowest is asked first.' }),
    weight: t.exposeInt('weight', { description: 'How often it is first, among those of its priority.' }),
  }),
})

export const ModelRef = builder.prismaNode('Model', {
  id: { field: 'id', description: '`mdl_` and a number.' },
  // node(id:) of a model that is deleted is null, not an error.
  nullable: true,
  // As the services read it, so that a row of theirs needs no further query.
  include: WITH_ROUTES,
  description: 'A model that callers may ask for by a public name, or all those whose names fit a pattern.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What callers ask for; one `*` stands for any characters.' }),
    routes: t.field({
      type: [RouteRef],
      complexity: { field: 1, multiplier: 3 },
      description: 'Where its calls go, in the order they are asked.',
      resolve: ({ routes }) => routes,
    }),
    isDefault: t.exposeBoolean('isDefault', { description: 'Whether `auto` stands for it.' }),
    enabled: t.exposeBoolean('enabled', {
      description:
        'A name that is not enabled takes no call; a pattern that is not is as if it were not there.',
    }),
    maxOutputTokens: t.exposeInt('maxOutputTokens', {
      nullable: true,
      description:
        'The most that a chat, completion or response may ask it to write: one that asks for more asks for this. null: whatever the upstream allows.',
    }),
    price: t.field({
      type: ModelPriceRef,
      nullable: true,
      description: 'What an admin says that it costs, in place of its list price; null: nothing.',
      resolve: ({ priceJson }) => storedPrices(priceJson),
    }),
    listPrice: t.field({
      type: ModelPriceRef,
      nullable: true,
      description:
        'What the catalog says that it costs where its first route goes; null where it has none, and for a pattern, each name of which has its own.',
      resolve: async (model, _args, { plane }) => (await priceOfModel(plane, model)).listed,
    }),
    priceSource: t.field({
      type: PriceSourceEnum,
      description:
        'What its calls are priced by; for a pattern with CATALOG, the list prices of those names that have one.',
      resolve: async (model, _args, { plane }) => (await priceOfModel(plane, model)).origin,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When an admin last changed it.' }),
    version: t.exposeInt('version', {
      description: 'Goes up with every change; pass it back as expectedVersion.',
    }),
  }),
})

builder.queryField('model', (t) =>
  t.field({
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
      type: ModelRef,
      description: 'Models that admins have set up, newest first. first/last: 1 to 100, 50 unless told.',
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: (_root, args, { plane }) =>
        readPage<ModelRow, number>(args, {
          keyOf: modelNumber,
          cursorOf: ({ id }) => modelId(id),
          find: (page) => findModels(plane, page),
        }),
    },
    {
      name: 'ModelConnection',
      description: 'A page of models.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are in all.',
          resolve: (_page, _args, { plane }) => countModels(plane),
        }),
      }),
    },
    { name: 'ModelEdge', description: 'A model in a page.' },
  ),
)
