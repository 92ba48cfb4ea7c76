// A change over REST with an Idempotency-Key: run once, and its result sent again without its secrets.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Actor } from '../domain/admins/actor.ts'
import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '../domain/automation/idempotency-key.ts'
import { isObject } from '../domain/is-object.ts'
import { runOnce, sentIdempotencyKey } from '../services/automation/idempotency.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { sendText } from './response.ts'

/** What one API shows once, and how it says so. */
export type ShownOnce = {
  /** The names of members whose text is a secret. */
  members: readonly string[]
  /** The error beside a response that is sent again. `param`: the first secret that it lacks, as `api_key.value`. */
  error(param: string): object
}

type Change = {
  plane: ControlPlane
  actor: Actor
  request: IncomingMessage
  response: ServerResponse
  method: string
}

/** The Idempotency-Key of a change; null where there is none, and of a request that changes nothing. */
export function keyOfChange({ request, method }: Pick<Change, 'request' | 'method'>): string | null {
  return method === 'GET' ? null : sentIdempotencyKey(request.headers[IDEMPOTENCY_HEADER])
}

/**
 * Runs `work` once for each key of the actor within a day, and sends what it came to: again without its secrets, each of which is
 * null, with an error beside the body that says so. `text`: the body of the request. Throws as `runOnce` does.
 */
export async function sendChangeOnce(
  { plane, actor, request, response, method }: Change,
  key: string,
  text: string,
  shownOnce: ShownOnce,
  work: () => Promise<unknown>,
): Promise<void> {
  const once = await runOnce(plane, actor, key, `${method} ${request.url ?? ''}\n${text}`, async () => {
    const value = await work()
    return {
      status: 200,
      body: JSON.stringify(value),
      kept: JSON.stringify(withoutSecrets(value, shownOnce)),
    }
  })
  if (once.replayed) response.setHeader(REPLAYED_HEADER, 'true')
  sendText(response, once.status, once.body)
}

function withoutSecrets(value: unknown, { members, error }: ShownOnce): unknown {
  const params: string[] = []
  const stripped = strip(value, members, [], params)
  const [param] = params
  return param === undefined || !isObject(stripped) ? stripped : { ...stripped, error: error(param) }
}

function strip(value: unknown, members: readonly string[], path: string[], params: string[]): unknown {
  if (Array.isArray(value))
    return value.map((item, at) => strip(item, members, [...path, String(at)], params))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const at = [...path, name]
      if (typeof member !== 'string' || !members.includes(name))
        return [name, strip(member, members, at, params)]
      params.push(at.join('.'))
      return [name, null]
    }),
  )
}
