// Runs a change once for each Idempotency-Key of its sender, and says again what it came to. Kept for a day in the database, so that a
// restart in between changes nothing.
//
// What was sent is known by an HMAC alone, since it may hold passwords; what is kept of the response holds no secret.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import {
  IDEMPOTENCY_HEADER,
  IDEMPOTENCY_KEY_RULE,
  isIdempotencyKey,
} from '../../domain/automation/idempotency-key.ts'
import { DAY_MS } from '../../domain/time.ts'
import { brokenConstraint } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type Access, accessText, stillHas } from './sent-access.ts'

const KEPT_MS = DAY_MS
// A client that makes ten changes a minute all day has more; one that makes up keys does not fill the database.
const KEPT_OF_ACTOR_MAX = 10_000
// Deflated, of a response; 500 results of a bulk change have a tenth.
const RESPONSE_MAX_BYTES = 262_144
const INFLATED_MAX_BYTES = 8 * 1_048_576
const RETRY_AFTER_SECONDS = 2

// Names the run of this process: work of another is over, whatever came of it.
const RUN = randomBytes(12).toString('hex')
const FAILED = 'failed'

/** `kept` is the body without secrets; null: nothing has been changed, so that the same key may be tried again. */
export type Ran = { status: number; body: string; kept: string | null }

export type Response = { status: number; body: string; replayed: boolean }

type Plane = Pick<ControlPlane, 'store' | 'clock' | 'encryptionKey'>

/** The Idempotency-Key of a request; null where it has none. Throws BAD_USER_INPUT for one that is empty, too long, or sent twice. */
export function sentIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  if (isIdempotencyKey(header)) return header
  throw badInput(IDEMPOTENCY_HEADER, IDEMPOTENCY_KEY_RULE)
}

/**
 * Runs `work` where this actor has not sent this key within a day, else says what came of it then. `sent` is all that tells one
 * request from another. An actor without scopes is an API key, which may always what it might. Throws FORBIDDEN where the actor may
 * no longer do all that it might then; CONFLICT where another request was sent with the key, where the first has not ended, and where its
 * end is not known; RATE_LIMITED where the actor has too many keys.
 */
export async function runOnce(
  plane: Plane,
  actor: Pick<Actor, 'type' | 'id'> & Partial<Access>,
  key: string,
  sent: string,
  work: () => Promise<Ran>,
): Promise<Response> {
  const owner = `${actor.type} ${actor.id ?? ''}`
  const id = Uint8Array.from(createHash('sha256').update(`${owner}\n${key}`).digest())
  const fingerprint = Uint8Array.from(
    createHmac('sha256', plane.encryptionKey).update(`idempotency\n${sent}`).digest(),
  )
  const { scopes, owners = null } = actor
  const access = scopes === undefined ? null : { scopes, owners }
  if (!(await claim(plane, owner, id, fingerprint, access))) return replay(plane, id, fingerprint, access)
  const { idempotentRequest } = plane.store.prisma
  let ran: Ran
  try {
    ran = await work()
  } catch (error) {
    // What is thrown on purpose is thrown before any change. An error that nobody expected may have come after it.
    if (error instanceof AdminError) await idempotentRequest.deleteMany({ where: { id } })
    else await idempotentRequest.updateMany({ where: { id }, data: { run: FAILED } })
    throw error
  }
  if (ran.kept === null) await idempotentRequest.deleteMany({ where: { id } })
  else {
    const deflated = await promisify(deflateRaw)(ran.kept)
    const response = deflated.length <= RESPONSE_MAX_BYTES ? Uint8Array.from(deflated) : null
    await idempotentRequest.updateMany({ where: { id }, data: { status: ran.status, response } })
  }
  return { status: ran.status, body: ran.body, replayed: false }
}

/** True where the key is this request's now. Of many at once, one gets it: the id is unique. */
async function claim(
  { store, clock }: Plane,
  actor: string,
  id: Uint8Array<ArrayBuffer>,
  fingerprint: Uint8Array<ArrayBuffer>,
  access: Access | null,
): Promise<boolean> {
  const { idempotentRequest } = store.prisma
  const nowMs = clock()
  await idempotentRequest.deleteMany({ where: { createdAt: { lte: new Date(nowMs - KEPT_MS) } } })
  if ((await idempotentRequest.findUnique({ where: { id }, select: { id: true } })) !== null) return false
  if ((await idempotentRequest.count({ where: { actor } })) >= KEPT_OF_ACTOR_MAX) {
    const message = `You have sent ${KEPT_OF_ACTOR_MAX} different values of Idempotency-Key within a day. Send fewer, or none.`
    throw new AdminError('RATE_LIMITED', message, IDEMPOTENCY_HEADER, 3_600)
  }
  try {
    await idempotentRequest.create({
      data: {
        id,
        actor,
        fingerprint,
        run: RUN,
        createdAt: new Date(nowMs),
        access: access === null ? null : accessText(access),
      },
    })
    return true
  } catch (error) {
    if (brokenConstraint(error) === 'unique') return false
    throw error
  }
}

async function replay(
  { store }: Plane,
  id: Uint8Array<ArrayBuffer>,
  fingerprint: Uint8Array,
  access: Access | null,
): Promise<Response> {
  const row = await store.prisma.idempotentRequest.findUnique({ where: { id } })
  // It has just been released, or its day is over.
  if (row === null) throw inProgress()
  if (!Buffer.from(row.fingerprint).equals(fingerprint)) {
    throw conflict(
      'Another request was sent with this Idempotency-Key. Send a new key with each new request.',
    )
  }
  if (access !== null && !stillHas(access, row.access ?? '{}')) {
    const message =
      'You may no longer do all that you might when you sent this Idempotency-Key first: what came of it is not said again.'
    throw new AdminError('FORBIDDEN', message, IDEMPOTENCY_HEADER)
  }
  if (row.status === null) {
    if (row.run === RUN) throw inProgress()
    throw conflict(
      'The server stopped or failed while it worked on the request with this Idempotency-Key: it may have been done. Look, and send a new key.',
    )
  }
  if (row.response === null) {
    throw conflict('The request with this Idempotency-Key was done; its response was too large to be kept.')
  }
  const body = await promisify(inflateRaw)(row.response, { maxOutputLength: INFLATED_MAX_BYTES })
  return { status: row.status, body: body.toString('utf8'), replayed: true }
}

function inProgress(): AdminError {
  const message = 'The request with this Idempotency-Key has not ended yet. Send it again in some seconds.'
  return new AdminError('CONFLICT', message, IDEMPOTENCY_HEADER, RETRY_AFTER_SECONDS)
}

function conflict(message: string): AdminError {
  return new AdminError('CONFLICT', message, IDEMPOTENCY_HEADER)
}
