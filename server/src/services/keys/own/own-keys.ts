// Replies to what applications ask of their own keys.
import { callError } from '../../../domain/errors.ts'
import type { OwnKeyReply, OwnKeyRequest, OwnKeys } from '../../../domain/keys/own-key.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { ownKeyHistory } from './own-key-history.ts'
import { createOwnKeyThrottle } from './own-key-throttle.ts'
import { ownLogs } from './own-log.ts'
import { rotateOwnKey } from './rotate-own-key.ts'

/** One for all processes of a server: what it counts holds across workers. */
export function createOwnKeys(plane: ControlPlane): OwnKeys {
  const throttle = createOwnKeyThrottle(plane.clock)
  return async (request) => {
    const waitMs = throttle.waitMs(request.ask, request.keyId)
    if (waitMs > 0) return throttled(waitMs)
    return (await throttle.run(() => reply(plane, request))) ?? throttled(throttle.busyWaitMs)
  }
}

async function reply(plane: ControlPlane, request: OwnKeyRequest): Promise<OwnKeyReply> {
  switch (request.ask) {
    case 'HISTORY':
      return { history: await ownKeyHistory(plane, request.keyId, request.days) }
    case 'LOGS':
      return { page: await ownLogs(plane, request.keyId, request) }
    case 'ROTATION':
      return rotateOwnKey(plane, request)
  }
}

function throttled(retryAfterMs: number): OwnKeyReply {
  return { refused: callError('own_key_throttled', { retryAfterMs }) }
}
