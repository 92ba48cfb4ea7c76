// A mutation with an Idempotency-Key: run once, and its result said again without its secrets.
import type { Actor } from '../../domain/admins/actor.ts'
import { type Response, runOnce } from '../../services/automation/idempotency.ts'
import type { GraphqlContext } from '../context.ts'
import { type Outcome, withoutSecrets } from './outcome.ts'

type Engine = {
  fetch(
    url: string,
    init: RequestInit,
    context: GraphqlContext,
  ): globalThis.Response | Promise<globalThis.Response>
}

/** Runs it, or says what came of it when this actor sent this key before. Throws as `runOnce` does. */
export function runMutationOnce(
  context: GraphqlContext,
  actor: Actor,
  key: string,
  body: string,
  engine: Engine,
): Promise<Response> {
  return runOnce(context.plane, actor, key, `POST /graphql\n${body}`, async () => {
    const outcome: Outcome = { changed: false, secrets: new Set() }
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const url = 'http://latchkey/graphql'
    const result = await engine.fetch(
      url,
      { method: 'POST', headers, body },
      { ...context, outcome, streams: false },
    )
    const text = await result.text()
    // Where nothing was changed, as where a scope was missing, the key may be used again.
    const kept = outcome.changed ? withoutSecrets(text, outcome.secrets) : null
    return { status: result.status, body: text, kept }
  })
}
