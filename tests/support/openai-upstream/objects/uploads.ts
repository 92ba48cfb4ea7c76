// Uploads of a large file in parts: https://platform.openai.com/docs/api-reference/uploads.

import { RequestFailure } from '../failures.ts'
import { filesIn } from '../form-fields.ts'
import type { Endpoints } from '../request.ts'
import { CREATED } from '../respond.ts'
import type { FileStore } from './files.ts'

type Upload = { id: string; status: string; filename: string; purpose: string; bytes: number }

/** Parts are put together in the order that `complete` names; their bytes must be as many as were announced. */
export function uploadEndpoints(files: FileStore): Endpoints {
  const uploads = new Map<string, { upload: Upload; parts: Map<string, Buffer> }>()
  const found = (id: string) => {
    const one = uploads.get(id)
    if (one !== undefined) return one
    throw new RequestFailure(404, `No such upload: ${id}`, { param: 'upload_id' })
  }
  return {
    'POST /uploads': ({ json }, response) => {
      const upload = {
        id: `upload_${uploads.size + 1}`,
        object: 'upload',
        bytes: Number(json.bytes),
        created_at: CREATED,
        expires_at: CREATED + 3_600,
        filename: String(json.filename),
        purpose: String(json.purpose),
        status: 'pending',
      }
      uploads.set(upload.id, { upload, parts: new Map() })
      response.json(upload)
    },
    'POST /uploads/{id}/parts': async (asked, response) => {
      const [id = ''] = asked.ids
      const { parts } = found(id)
      const [data] = filesIn(await asked.form(), 'data')
      if (data === undefined)
        throw new RequestFailure(400, "'data' is a required property", { param: 'data' })
      const part = { id: `part_${parts.size + 1}`, object: 'upload.part', created_at: CREATED, upload_id: id }
      parts.set(part.id, Buffer.from(await data.arrayBuffer()))
      response.json(part)
    },
    'POST /uploads/{id}/complete': ({ ids: [id = ''], json }, response) => {
      const { upload, parts } = found(id)
      const named = Array.isArray(json.part_ids) ? json.part_ids.map(String) : []
      const content = Buffer.concat(named.map((part) => parts.get(part) ?? Buffer.alloc(0)))
      if (content.length !== upload.bytes)
        throw new RequestFailure(400, `Expected ${upload.bytes} bytes, got ${content.length}.`, {
          param: 'bytes',
        })
      upload.status = 'completed'
      response.json({ ...upload, file: files.add(upload.filename, upload.purpose, content) })
    },
    'POST /uploads/{id}/cancel': ({ ids: [id = ''] }, response) => {
      const { upload } = found(id)
      upload.status = 'cancelled'
      response.json(upload)
    },
  }
}
