// The owner's replies to what its workers ask for: keys, admission, bindings of objects, and client secrets.
import type { OwnKeys } from '../domain/keys/own-key.ts'
import type { ClientSecrets } from '../gateway/client-secrets/client-secrets.ts'
import type { ObjectBindings } from '../gateway/objects/object-bindings.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'
import type { AdmissionServer } from './admission-server.ts'
import { replyAboutObjects } from './objects-server.ts'
import type { ToOwner, ToWorker } from './protocol.ts'

/** What the replies come from. */
export type RequestSources = {
  findKey(hash: Uint8Array<ArrayBuffer>): Promise<AdmittableKey | null>
  /** Replies to what workers ask about keys. */
  ownKeys: OwnKeys
  /** Shared by all workers. */
  objects: ObjectBindings
  /** Of all workers. */
  clientSecrets: ClientSecrets
}

/** A message that asks for a reply: it has an `id`, which the reply repeats. */
export type WorkerRequest = Extract<
  ToOwner,
  {
    kind:
      | 'find-key'
      | 'admit'
      | 'charge-reservation'
      | 'explain'
      | 'objects'
      | 'own-key'
      | 'bind-secret'
      | 'find-secret'
  }
>

/** The reply to one request. `admission` is that of the worker. Never rejects: what fails is `failed` in the reply. */
export async function replyToWorker(
  sources: RequestSources,
  admission: AdmissionServer,
  message: WorkerRequest,
): Promise<ToWorker> {
  const { id } = message
  switch (message.kind) {
    case 'find-key': {
      const hash = Uint8Array.from(Buffer.from(message.hashHex, 'hex'))
      return { kind: 'key', id, key: await sources.findKey(hash).catch(() => 'failed' as const) }
    }
    case 'admit':
      return { kind: 'decision', id, decision: await admission.admit(message.key, message.request) }
    case 'charge-reservation':
      return { kind: 'charged', id, spent: await admission.charge(message.reservationId, message.used) }
    case 'explain':
      return { kind: 'verdicts', id, verdicts: await admission.explain(message.key, message.request) }
    case 'objects':
      return { kind: 'objects', id, reply: await replyAboutObjects(sources.objects, message.request) }
    case 'own-key': {
      const reply = await sources.ownKeys(message.request).catch(() => 'failed' as const)
      return { kind: 'own-key', id, reply }
    }
    case 'bind-secret':
      await sources.clientSecrets.bind(message.hashHex, message.secret)
      return { kind: 'secret', id, secret: null }
    case 'find-secret':
      return { kind: 'secret', id, secret: await sources.clientSecrets.find(message.hashHex) }
  }
}
