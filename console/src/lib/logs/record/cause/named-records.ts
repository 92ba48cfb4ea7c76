// The upstream and the model that a request log names, as they are set up now: a log holds their names, and a link needs their ids.
import { latchkey } from '#lib/latchkey.ts'
import { allModels } from '#lib/routing/all-models.ts'
import {
  type EndedCall,
  failedUpstream,
  modelNamed,
  type NamedRecords,
  noRecords,
  unpricedModel,
} from './cause-place.ts'

/** Asks only for what the cause of the call lies at. */
export async function namedRecords(
  log: EndedCall,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<NamedRecords> {
  const upstream = scopes.includes('upstreams:read') ? failedUpstream(log) : null
  if (upstream !== null) return { ...noRecords, upstreamId: await upstreamId(upstream, signal) }
  const model = scopes.includes('models:read') ? unpricedModel(log) : null
  if (model === null) return noRecords
  return { ...noRecords, modelId: modelNamed(await allModels(signal), model)?.id ?? null }
}

async function upstreamId(wanted: string, signal: AbortSignal): Promise<string | null> {
  for await (const { id, name } of latchkey.upstreams.list({ first: 100 }, { signal }))
    if (name === wanted) return id
  return null
}
