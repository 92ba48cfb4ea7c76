// The list of models: https://platform.openai.com/docs/api-reference/models.

import { RequestFailure } from './failures.ts'
import type { Endpoints } from './request.ts'
import { CREATED } from './respond.ts'

/** One of them is fine-tuned: its name has colons, and it alone can be deleted. */
export function modelEndpoints(): Endpoints {
  const models = new Map(
    ['m1', 'vendor/m2', 'ft:m1:conformance:one:abc'].map((id) => [
      id,
      {
        id,
        object: 'model',
        created: CREATED,
        owned_by: id.startsWith('ft:') ? 'org-conformance' : 'system',
      },
    ]),
  )
  const found = (id: string) => {
    const model = models.get(id)
    if (model !== undefined) return model
    throw new RequestFailure(404, `The model \`${id}\` does not exist or you do not have access to it.`, {
      code: 'model_not_found',
    })
  }
  return {
    'GET /models': (_asked, response) => response.json({ object: 'list', data: [...models.values()] }),
    'GET /models/{id}': ({ ids: [id = ''] }, response) => response.json(found(id)),
    'DELETE /models/{id}': ({ ids: [id = ''] }, response) => {
      if (found(id).owned_by === 'system')
        throw new RequestFailure(403, 'You have insufficient permissions for this operation.')
      models.delete(id)
      response.json({ id, object: 'model', deleted: true })
    },
  }
}
