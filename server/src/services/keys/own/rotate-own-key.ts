// A key replaces its own secret, where its policy says that it may.
import { AdminError } from '../../../domain/admin-errors.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import { type CallError, callError } from '../../../domain/errors.ts'
import { isObject } from '../../../domain/is-object.ts'
import type { OwnKeyReply, OwnKeyRequest, RotatedSecret } from '../../../domain/keys/own-key.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import { failed, ok, type Result, type UserError } from '../../../domain/user-error.ts'
import { runOnce } from '../../automation/idempotency.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { type ApiKeyRow, keySecrets } from '../api-key-row.ts'
import { rotateApiKey } from '../rotate-api-key.ts'

type Rotation = Extract<OwnKeyRequest, { ask: 'ROTATION' }>

// A change by an admin at the same time; the second look sees what it did.
const ATTEMPTS_MAX = 3

/**
 * Rotates the key whose current secret was sent. What is checked is what the database has in the transaction of the change: a
 * former secret, in its grace or not, replaces nothing, so that whoever has found one cannot take the key over. With an
 * Idempotency-Key the same request, sent again, gets the same reply without the secret.
 */
export async function rotateOwnKey(plane: ControlPlane, rotation: Rotation): Promise<OwnKeyReply> {
  const { keyId, hashHex, graceSeconds, idempotencyKey } = rotation
  if (idempotencyKey === null) return rotate(plane, rotation)
  let reply: OwnKeyReply | null = null
  try {
    // The secret is part of the request: another one under the same key is a conflict.
    const sent = `rotation\n${hashHex}\n${graceSeconds}`
    const once = await runOnce(plane, { type: 'API_KEY', id: keyId }, idempotencyKey, sent, async () => {
      reply = await rotate(plane, rotation)
      const kept = 'rotated' in reply ? JSON.stringify({ ...reply.rotated, secret: null }) : null
      return { status: 200, body: '', kept }
    })
    return reply ?? { rotated: readKept(once.body) }
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    const { message, param, retryAfterSeconds } = error
    const retryAfterMs = retryAfterSeconds === null ? null : retryAfterSeconds * 1_000
    const particulars = { message, param: param ?? undefined, retryable: retryAfterMs !== null }
    return {
      refused: callError('idempotency_conflict', {
        ...particulars,
        ...(retryAfterMs === null ? {} : { retryAfterMs }),
      }),
    }
  }
}

function readKept(text: string): RotatedSecret {
  const kept: unknown = JSON.parse(text)
  const { formerUntilMs, expiresAtMs } = isObject(kept) ? kept : {}
  return {
    secret: null,
    formerUntilMs: typeof formerUntilMs === 'number' ? formerUntilMs : 0,
    expiresAtMs: typeof expiresAtMs === 'number' ? expiresAtMs : null,
  }
}

async function rotate(
  plane: ControlPlane,
  { keyId, hashHex, graceSeconds, ip, requestId }: Rotation,
): Promise<OwnKeyReply> {
  let errors: UserError[] = []
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const result = await rotateApiKey(plane, (key) => actorOf(key, ip, requestId), {
      number: keyId,
      graceSeconds,
      expectedVersion: null,
      keepEncryptedCopy: 'AS_BEFORE',
      secretForm: null,
      allows: (key) => mayRotate(key, hashHex),
    })
    if (result.ok) {
      const { apiKey, secret } = result.value
      return {
        rotated: {
          secret,
          formerUntilMs: apiKey.formerSecretExpiresAt?.getTime() ?? plane.clock(),
          expiresAtMs: apiKey.expiresAt?.getTime() ?? null,
        },
      }
    }
    errors = result.errors
    if (errors[0]?.code !== 'STALE') break
  }
  return { refused: refusalOf(errors) }
}

function actorOf({ id, name }: ApiKeyRow, ip: string | null, requestId: string): Actor {
  // It passes through no check of scopes, and changes nothing but itself.
  return { type: 'API_KEY', id, name, ip, requestId, scopes: new Set(), role: null, owners: null }
}

function mayRotate(key: ApiKeyRow, hashHex: string): Result<null> {
  if (storedPolicy(key.policy)?.selfRotation !== true) return failed('IMMUTABLE', 'policy', '')
  return keySecrets(key).currentHash === hashHex ? ok(null) : failed('WRONG_CREDENTIALS', null, FORMER)
}

const FORMER =
  'This secret of the API key has been replaced already, and cannot replace the new one. Send the current secret.'

function refusalOf(errors: UserError[]): CallError {
  const [error] = errors
  switch (error?.code) {
    case 'WRONG_CREDENTIALS':
      return callError('self_rotation_not_allowed', { message: FORMER })
    case 'OUT_OF_RANGE':
      return callError('invalid_request', {
        param: 'grace_seconds',
        message: error.message.replaceAll('graceSeconds', 'grace_seconds'),
      })
    // It has been deleted, revoked, or has expired meanwhile.
    case 'NOT_FOUND':
      return callError('invalid_api_key')
    case 'STALE':
      return callError('key_store_unavailable')
    default:
      return callError('self_rotation_not_allowed')
  }
}
