// Models with prices, made as an admin does.
import { graphql } from '../api/client.ts'

type Server = { url: string; adminToken: string }
type UnitPrices = Record<string, string>

export type PricedModel = {
  baseUrl: string
  name: string
  /** US dollars by the names of PriceUnit; absent: the catalog's, if there is one. */
  price?: UnitPrices
  kind?: string
  /** The upstream's credential; absent: one that any test upstream takes. */
  credential?: string
  upstreamModel?: string
  maxOutputTokens?: number
}

let upstreams = 0

/** An upstream, and a model that goes to it; returns the model's id. */
export async function makePricedModel(
  server: Server,
  { baseUrl, name, price, kind = 'GENERIC', credential, ...fields }: PricedModel,
): Promise<string> {
  const { upstreamModel, ...modelFields } = fields
  const { upstream } = await run(
    server,
    'mutation ($input: CreateUpstreamInput!) { payload: createUpstream(input: $input) { upstream { id } userErrors { field message } } }',
    {
      name: `priced-${++upstreams}`,
      kind,
      baseUrl,
      ...(kind === 'GENERIC' && credential === undefined
        ? {}
        : { credentials: [{ secret: credential ?? 'sk-priced' }] }),
    },
  )
  const { model } = await run(
    server,
    'mutation ($input: CreateModelInput!) { payload: createModel(input: $input) { model { id } userErrors { field message } } }',
    {
      name,
      routes: [{ upstreamId: upstream.id, ...(upstreamModel === undefined ? {} : { upstreamModel }) }],
      ...modelFields,
      ...(price === undefined ? {} : { price: { base: Object.entries(price).map(unitPrice) } }),
    },
  )
  return model.id
}

function unitPrice([unit, usd]: [string, string]) {
  return { unit, usd }
}

async function run({ url, adminToken }: Server, mutation: string, input: object) {
  const { data, errors } = await graphql({ url }, mutation, { input }, { token: adminToken })
  if (errors !== undefined || data.payload.userErrors.length > 0)
    throw new Error(JSON.stringify({ errors, data }))
  return data.payload
}
