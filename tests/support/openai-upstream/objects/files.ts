// Files, and the store of them that batches, uploads and vector stores share:
// https://platform.openai.com/docs/api-reference/files.

import { RequestFailure } from '../failures.ts'
import { filesIn, textField } from '../form-fields.ts'
import type { Endpoints } from '../request.ts'
import { CREATED } from '../respond.ts'

type FileObject = {
  id: string
  object: 'file'
  bytes: number
  created_at: number
  expires_at: number | null
  filename: string
  purpose: string
  status: 'processed'
}

export type FileStore = {
  add(name: string, purpose: string, content: Buffer, expiresAfterSeconds?: number): FileObject
  /** In the order in which they came. */
  all(): FileObject[]
  /** Throws a 404 where there is none, as `content` does. */
  find(id: string): FileObject
  content(id: string): Buffer
  remove(id: string): void
}

/** Files in memory. */
export function createFileStore(): FileStore {
  const files = new Map<string, { file: FileObject; content: Buffer }>()
  let count = 0
  const found = (id: string) => {
    const one = files.get(id)
    if (one !== undefined) return one
    throw new RequestFailure(404, `No such File object: ${id}`, { param: 'id' })
  }
  return {
    add(filename, purpose, content, expiresAfterSeconds) {
      const file: FileObject = {
        id: `file-${++count}`,
        object: 'file',
        bytes: content.length,
        created_at: CREATED,
        expires_at: expiresAfterSeconds === undefined ? null : CREATED + expiresAfterSeconds,
        filename,
        purpose,
        status: 'processed',
      }
      files.set(file.id, { file, content })
      return file
    },
    all: () => [...files.values()].map(({ file }) => file),
    find: (id) => found(id).file,
    content: (id) => found(id).content,
    remove(id) {
      found(id)
      files.delete(id)
    },
  }
}

/** Files: https://platform.openai.com/docs/api-reference/files. */
export function fileEndpoints(files: FileStore): Endpoints {
  return {
    'POST /files': async (asked, response) => {
      const form = await asked.form()
      const [file] = filesIn(form, 'file')
      if (file === undefined)
        throw new RequestFailure(400, "'file' is a required property", { param: 'file' })
      const seconds = form.get('expires_after[seconds]')
      const content = Buffer.from(await file.arrayBuffer())
      const purpose = textField(form, 'purpose')
      response.json(files.add(file.name, purpose, content, seconds === null ? undefined : Number(seconds)))
    },
    'GET /files': ({ query }, response) => {
      const purpose = query.get('purpose')
      response.json(
        page(
          files.all().filter((file) => purpose === null || file.purpose === purpose),
          query,
        ),
      )
    },
    'GET /files/{id}': ({ ids: [id = ''] }, response) => response.json(files.find(id)),
    'GET /files/{id}/content': ({ ids: [id = ''] }, response) =>
      response.bytes('application/octet-stream', files.content(id)),
    'DELETE /files/{id}': ({ ids: [id = ''] }, response) => {
      files.remove(id)
      response.json({ id, object: 'file', deleted: true })
    },
  }
}

/** One page of a list, as `after` and `limit` in a query ask for it. */
export function page<T extends { id: string }>(all: readonly T[], query: URLSearchParams) {
  const start = all.findIndex(({ id }) => id === query.get('after')) + 1
  const limit = Number(query.get('limit') ?? 20)
  const data = all.slice(start, start + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < all.length,
  }
}
