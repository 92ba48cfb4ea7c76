// Objects of the environment's upstream that a key has made, as far as the gateway knows.
import { writeBindings } from '@latchkey/server/store/queries/objects/object-bindings.ts'
import type { TestLatchkey } from './latchkey.ts'

/** To be called before the gateway is asked for the objects. */
export async function bindObjects({ app }: TestLatchkey, apiKeyId: number, ids: string[]): Promise<void> {
  const route = { upstream: 'default', upstreamId: null, credentialId: null }
  const nowMs = Date.now()
  await writeBindings(
    app.store,
    ids.map((objectId) => ({ objectId, apiKeyId, route, createdAtMs: nowMs, lastUsedAtMs: nowMs })),
  )
}
