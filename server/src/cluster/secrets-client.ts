// A worker's client secrets: the owner keeps them, so that a session may be opened at another worker than made its secret.
import type { BoundSecret, ClientSecrets } from '../gateway/client-secrets/client-secrets.ts'
import { createPendingRequests } from '../rpc/rpc.ts'
import { RESPONSE_MAX_MS, type ToOwner, type ToWorker } from './protocol.ts'

export type SecretsClient = ClientSecrets & {
  /** Takes the owner's responses. */
  onResponse(message: Extract<ToWorker, { kind: 'secret' }>): void
}

/** `send` carries a message to the owner. `find` rejects where it does not respond within RESPONSE_MAX_MS. */
export function createSecretsClient(send: (message: ToOwner) => void): SecretsClient {
  const requests = createPendingRequests<BoundSecret | null>()
  return {
    bind: (hashHex, secret) =>
      requests
        .request((id) => send({ kind: 'bind-secret', id, hashHex, secret }), RESPONSE_MAX_MS)
        // The message is on its way, or its owner hangs and ends.
        .then(
          () => undefined,
          () => undefined,
        ),
    find: (hashHex) => requests.request((id) => send({ kind: 'find-secret', id, hashHex }), RESPONSE_MAX_MS),
    onResponse: ({ id, secret }) => void requests.resolve(id, secret),
  }
}
