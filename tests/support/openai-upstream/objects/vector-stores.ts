// Vector stores over the uploaded files: https://platform.openai.com/docs/api-reference/vector-stores.

import { RequestFailure } from '../failures.ts'
import { type Endpoints, isObject } from '../request.ts'
import { CREATED } from '../respond.ts'
import { type FileStore, page } from './files.ts'

type VectorStore = { id: string; name: string | null; metadata: unknown; fileIds: string[] }

/** A file is indexed at the second look at it, so that whoever waits for it has to ask again. */
export function vectorStoreEndpoints(files: FileStore): Endpoints {
  const stores = new Map<string, VectorStore>()
  const looks = new Map<string, number>()
  const found = (id: string) => {
    const one = stores.get(id)
    if (one !== undefined) return one
    throw new RequestFailure(404, `No vector store found with id '${id}'.`, { param: 'vector_store_id' })
  }
  const indexed = (storeId: string, fileId: string) => {
    if (!found(storeId).fileIds.includes(fileId))
      throw new RequestFailure(404, `No file found with id '${fileId}' in vector store '${storeId}'.`)
    const look = (looks.get(`${storeId} ${fileId}`) ?? -1) + 1
    looks.set(`${storeId} ${fileId}`, look)
    return {
      id: fileId,
      object: 'vector_store.file',
      created_at: CREATED,
      vector_store_id: storeId,
      status: look < 2 ? 'in_progress' : 'completed',
      usage_bytes: files.find(fileId).bytes,
      last_error: null,
      attributes: {},
      chunking_strategy: {
        type: 'static',
        static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
      },
    }
  }
  return {
    'POST /vector_stores': ({ json }, response) => {
      const store = {
        id: `vs_${stores.size + 1}`,
        name: typeof json.name === 'string' ? json.name : null,
        metadata: json.metadata ?? null,
        fileIds: (Array.isArray(json.file_ids) ? json.file_ids : []).map((id) => files.find(String(id)).id),
      }
      stores.set(store.id, store)
      response.json(objectOf(store, files))
    },
    'GET /vector_stores': ({ query }, response) =>
      response.json(
        page(
          [...stores.values()].map((store) => objectOf(store, files)),
          query,
        ),
      ),
    'GET /vector_stores/{id}': ({ ids: [id = ''] }, response) => response.json(objectOf(found(id), files)),
    'POST /vector_stores/{id}': ({ ids: [id = ''], json }, response) => {
      const store = found(id)
      if (typeof json.name === 'string') store.name = json.name
      response.json(objectOf(store, files))
    },
    'DELETE /vector_stores/{id}': ({ ids: [id = ''] }, response) => {
      found(id)
      stores.delete(id)
      response.json({ id, object: 'vector_store.deleted', deleted: true })
    },
    'POST /vector_stores/{id}/files': ({ ids: [id = ''], json }, response) => {
      const { id: fileId } = files.find(String(json.file_id))
      found(id).fileIds.push(fileId)
      response.json(indexed(id, fileId))
    },
    'GET /vector_stores/{id}/files/{id}': ({ ids: [id = '', fileId = ''] }, response) => {
      // The SDK obeys this where it polls.
      response.json(indexed(id, fileId), 200, { 'openai-poll-after-ms': '5' })
    },
    'DELETE /vector_stores/{id}/files/{id}': ({ ids: [id = '', fileId = ''] }, response) => {
      const store = found(id)
      store.fileIds = store.fileIds.filter((one) => one !== fileId)
      response.json({ id: fileId, object: 'vector_store.file.deleted', deleted: true })
    },
    'POST /vector_stores/{id}/search': ({ ids: [id = ''], json }, response) => {
      const query = String(json.query)
      const data = found(id)
        .fileIds.map((fileId) => ({ file: files.find(fileId), text: files.content(fileId).toString('utf8') }))
        .filter(({ text }) => text.includes(query))
        .map(({ file, text }) => ({
          file_id: file.id,
          filename: file.filename,
          score: 0.75,
          attributes: {},
          content: [{ type: 'text', text }],
        }))
      response.json({
        object: 'vector_store.search_results.page',
        search_query: [query],
        data,
        has_more: false,
        next_page: null,
      })
    },
  }
}

function objectOf({ id, name, metadata, fileIds }: VectorStore, files: FileStore) {
  const counts = { in_progress: 0, completed: fileIds.length, failed: 0, cancelled: 0, total: fileIds.length }
  return {
    id,
    object: 'vector_store',
    created_at: CREATED,
    name,
    usage_bytes: fileIds.map((fileId) => files.find(fileId).bytes).reduce((sum, bytes) => sum + bytes, 0),
    file_counts: counts,
    status: 'completed',
    metadata: isObject(metadata) ? metadata : {},
    last_active_at: CREATED,
  }
}
