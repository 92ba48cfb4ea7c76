// The key rotation endpoint: a new secret for the API key that is sent.
import {
  ALREADY_REVEALED,
  IDEMPOTENCY_HEADER,
  IDEMPOTENCY_KEY_RULE,
  isIdempotencyKey,
  REPLAYED_HEADER,
} from '../../../domain/automation/idempotency-key.ts'
import { type CallError, callError } from '../../../domain/errors.ts'
import { isObject } from '../../../domain/is-object.ts'
import { ROTATION_GRACE_MAX_MS } from '../../../domain/keys/key-rotation.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import type { Gateway } from '../../gateway.ts'
import { sentCredential } from '../../identity/credential.ts'
import { sentHashHex } from '../../identity/identify.ts'
import type { KnownKey } from '../../identity/key-directory.ts'
import type { Call } from '../call.ts'
import { isJsonType } from '../request-body.ts'
import { tooLarge } from '../request-limits.ts'
import { type Body, instant } from './body.ts'
import { invalid, readParameters } from './own-query.ts'
import { ask, unexpected } from './own-reply.ts'

const BODY_MAX_BYTES = 4_096
const REVEALED = {
  message: `${ALREADY_REVEALED} An admin of this gateway can rotate the key again.`,
  type: 'invalid_request_error',
  param: 'secret',
  code: 'already_revealed',
}
const GRACE_MAX_SECONDS = ROTATION_GRACE_MAX_MS / 1_000

/**
 * POST /v1/key/rotate {"grace_seconds": 0} → the new secret, which is in this response only. Null: the client has disconnected,
 * and nothing was changed.
 */
export async function rotateKey(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  key: KnownKey,
): Promise<Body | CallError | null> {
  const parameters = readParameters(exchange.query, [])
  if ('httpStatus' in parameters) return parameters
  // As well here as where it is changed: what may not rotate asks nobody.
  if (key.governed?.policy?.source.selfRotation !== true) return callError('self_rotation_not_allowed')
  const { [IDEMPOTENCY_HEADER]: idempotencyKey = null } = exchange.headers
  if (idempotencyKey !== null && !isIdempotencyKey(idempotencyKey))
    return invalid(IDEMPOTENCY_HEADER, IDEMPOTENCY_KEY_RULE)
  const body = await readBody(call, exchange)
  if (body === null) return null
  if (typeof body === 'object') return body
  const hashHex = sentHashHex(sentCredential(exchange.headers) ?? '')
  if (hashHex === null) return callError('invalid_api_key')
  const reply = await ask(gateway, {
    ask: 'ROTATION',
    keyId: key.id,
    hashHex,
    graceSeconds: body,
    idempotencyKey,
    ip: exchange.clientIp,
    requestId: call.id,
  })
  if ('httpStatus' in reply) return reply
  if (!('rotated' in reply)) return unexpected()
  const { secret, formerUntilMs, expiresAtMs } = reply.rotated
  if (secret === null) call.responseHeaders = { ...call.responseHeaders, [REPLAYED_HEADER]: 'true' }
  return {
    body: {
      object: 'key.rotated',
      id: `key_${key.id}`,
      secret,
      expires_at: instant(expiresAtMs),
      /** Until when the secret that was sent works. */
      former_secret_expires_at: instant(formerUntilMs),
      ...(secret === null ? { error: REVEALED } : {}),
    },
  }
}

/** The seconds of grace; 0 where the body names none, or there is none. */
async function readBody(call: Call, exchange: Exchange): Promise<number | CallError | null> {
  const bytes = await exchange.readBody(BODY_MAX_BYTES)
  if (bytes === 'disconnected') return null
  if (bytes === 'too-large' || bytes === 'refused') return tooLarge(BODY_MAX_BYTES)
  call.countRequestBytes(bytes.length)
  if (bytes.length === 0) return 0
  if (!isJsonType(exchange.headers['content-type']) || exchange.headers['content-encoding'] !== undefined)
    return callError('unsupported_media_type')
  const sent = parsed(bytes)
  if (!isObject(sent)) return callError('invalid_json')
  const unknown = Object.keys(sent).find((name) => name !== 'grace_seconds')
  if (unknown !== undefined) return invalid('grace_seconds', 'This endpoint takes grace_seconds alone.')
  const { grace_seconds: grace = 0 } = sent
  if (typeof grace === 'number' && Number.isInteger(grace) && grace >= 0 && grace <= GRACE_MAX_SECONDS)
    return grace
  return invalid(
    'grace_seconds',
    `Invalid grace_seconds: it must be a whole number from 0 to ${GRACE_MAX_SECONDS}. Send 0 to stop the former secret at once.`,
  )
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
