// The gateway behind the fast lane: the calls whose body is one JSON object.
import { endpointOf } from '../../domain/endpoints/find-endpoint.ts'
import { GATEWAY_HEADERS } from '../../http/server/cors.ts'
import type { LaneOptions } from '../../http/server/h1/fast-lane.ts'
import type { Gateway } from '../gateway.ts'
import { handleCall } from './handle-call.ts'

/** What the lane takes, and what handles it; the counterpart of `createGatewayHandler`. */
export function createLaneHandler(gateway: Gateway): LaneOptions {
  return {
    takes({ path, contentLength }) {
      const endpoint = endpointOf('POST', path)
      const isModelCall =
        typeof endpoint === 'object' && 'served' in endpoint && endpoint.served === 'MODEL_CALL'
      // A body that is too large is refused over node:http, and let through unread there.
      return isModelCall && contentLength <= gateway.limits.jsonBodyBytes
    },
    handle: (exchange) => handleCall(gateway, exchange),
    addresses: gateway.addresses,
    clientIdleMs: gateway.clientIdleMs,
    responseHeaders: GATEWAY_HEADERS,
  }
}
