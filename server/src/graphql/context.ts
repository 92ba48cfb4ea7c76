// What every resolver of one request shares.
import type { PersonActor } from '../auth/admin-actor.ts'
import type { RelyingParty } from '../auth/passkeys/relying-party.ts'
import type { Challenges } from '../auth/second-factors/challenges.ts'
import type { CodeThrottle } from '../auth/second-factors/code-throttle.ts'
import { requireFresh } from '../auth/second-factors/confirm-identity.ts'
import type { Session } from '../auth/session.ts'
import type { SignedIn } from '../auth/sign-in/open-session.ts'
import type { SignInThrottle } from '../auth/sign-in/sign-in-throttle.ts'
import { AdminError, badInput } from '../domain/admin-errors.ts'
import type { Actor, Requester } from '../domain/admins/actor.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import type { RecordTail } from '../services/logs/tail-request-logs.ts'
import type { Outcome } from './automation/outcome.ts'
import type { SentOperation } from './document/sent-operation.ts'
import type { RowLoaders } from './row-loaders.ts'

export type GraphqlContext = RowLoaders & {
  plane: ControlPlane
  throttle: SignInThrottle
  challenges: Challenges
  codes: CodeThrottle
  /** The site that passkeys belong to; null where the request names none. */
  site: RelyingParty | null
  tail: RecordTail
  /** True where the response may be a stream of events. */
  streams: boolean
  sent: Pick<SentOperation, 'query' | 'operationName'>
  /** What the mutation comes to, for a request with an Idempotency-Key; null for every other. */
  outcome: Outcome | null
  client: Requester
  /** Null where nobody is signed in. */
  actor: Actor | null
  /** The actor's session; null for an admin token. */
  session: Session | null
  /** The session's token, where a cookie carried one; it may have expired. */
  sessionToken: string | null
  /** The Cookie header. */
  cookies: string | undefined
  /** Whether the actor is still who he was, and may do what he might; for what goes on after the response has begun. */
  accessHolds(): Promise<boolean>
  /** Gives the browser a session with its secret, and the token of a known device where it has none; null takes the session away. */
  setSession(signedIn: Pick<SignedIn, 'sessionToken' | 'sessionMs' | 'deviceToken'> | null): void
}

/** The actor, for a resolver that needs one. Throws UNAUTHENTICATED without. */
export function actorOf({ actor }: GraphqlContext): Actor {
  if (actor === null) throw new AdminError('UNAUTHENTICATED')
  return actor
}

/** The actor, for what changes or shows much. Throws STEP_UP_REQUIRED for a person who has shown nothing for ten minutes. */
export async function freshActorOf(context: GraphqlContext): Promise<Actor> {
  const actor = actorOf(context)
  await requireFresh(context.plane, context.session)
  return actor
}

/** Throws BAD_USER_INPUT for a subscription whose client accepts no stream. */
export function requireStream({ streams }: GraphqlContext): void {
  if (!streams)
    throw badInput(null, 'A subscription needs an event stream: send "Accept: text/event-stream".')
}

/** The person who is signed in, with the session. Throws FORBIDDEN for an admin token. */
export function personOf(context: GraphqlContext): { actor: PersonActor; session: Session } {
  const actor = actorOf(context)
  const { session } = context
  if (session === null || actor.id === null) throw new AdminError('FORBIDDEN')
  return { actor: { ...actor, id: actor.id }, session }
}

/** The same, and as `freshActorOf`. */
export async function freshPersonOf(
  context: GraphqlContext,
): Promise<{ actor: PersonActor; session: Session }> {
  const person = personOf(context)
  await requireFresh(context.plane, person.session)
  return person
}
