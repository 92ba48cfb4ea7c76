// The owner's replies to its workers about object bindings.
import type { ObjectBindings } from '../gateway/objects/object-bindings.ts'
import type { ObjectsReply, ObjectsRequest } from './protocol.ts'

const NOTHING: ObjectsReply = { bindings: [], owned: [] }

/** `failed` where the database does not respond. Never rejects. */
export async function replyAboutObjects(
  objects: ObjectBindings,
  request: ObjectsRequest,
): Promise<ObjectsReply | 'failed'> {
  try {
    switch (request.do) {
      case 'find':
        return { bindings: [...(await objects.find(request.ids))], owned: [] }
      case 'bind': {
        const { apiKeyId, route, ids, isDurable } = request
        await objects.bind(apiKeyId, route, ids, isDurable)
        // All in memory now; one that another key had stays that key's.
        const bindings = await objects.find(ids)
        return { bindings: [...bindings], owned: [] }
      }
      case 'owned':
        return { bindings: [], owned: [...(await objects.ownedBy(request.apiKeyId, request.ids))] }
      case 'forget':
        objects.forget(request.apiKeyId, request.objectId)
        return NOTHING
    }
  } catch {
    return 'failed'
  }
}
