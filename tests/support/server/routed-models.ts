// Upstreams and models made as an admin does, for tests of routing.
import type { TestLatchkey } from './latchkey.ts'

type Fields = Record<string, unknown>
type Admin = Pick<TestLatchkey, 'graphql'>

export type RouteSpec = {
  /** The id of an upstream. */
  upstream: string
  upstreamModel: string
  priority?: number
}

let made = 0

/** An upstream of its own name; returns its id and its name. */
export async function makeUpstream(
  latchkey: Admin,
  baseUrl: string,
  fields: Fields = {},
): Promise<{ id: string; name: string }> {
  const name = `upstream-${++made}`
  const { createUpstream } = await ask(
    latchkey,
    'mutation ($input: CreateUpstreamInput!) { createUpstream(input: $input) { upstream { id } userErrors { message } } }',
    { name, kind: 'GENERIC', baseUrl, ...fields },
  )
  return { id: createUpstream.upstream.id, name }
}

/** A model with these routes, the first of them first; returns its name. */
export async function makeModel(
  latchkey: Admin,
  candidates: RouteSpec[],
  fields: Fields = {},
): Promise<string> {
  const name = `model-${++made}`
  const routes = candidates.map(({ upstream, upstreamModel, priority }, index) => ({
    upstreamId: upstream,
    upstreamModel,
    priority: priority ?? index,
  }))
  await ask(
    latchkey,
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } userErrors { message } } }',
    { name, routes, ...fields },
  )
  return name
}

/** Runs a mutation that must have no errors. */
export async function ask(latchkey: Admin, mutation: string, input: Fields) {
  const { data, errors } = await latchkey.graphql(mutation, { input })
  const [payload] = Object.values(data ?? {}) as { userErrors: unknown[] }[]
  if (errors !== undefined || payload === undefined || payload.userErrors.length > 0)
    throw new Error(JSON.stringify({ errors, payload }))
  return data
}
