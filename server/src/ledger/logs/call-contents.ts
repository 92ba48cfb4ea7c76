// Reading what is kept of calls' content.
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import type { Kept, StoredContent } from '../../domain/content/captured-content.ts'
import { requestIdBytes } from '../../domain/uuid.ts'
import { CALL_CONTENT_COLUMNS, contentFromRow } from '../../store/queries/call-contents.ts'
import type { Store } from '../../store/store.ts'

/** Content with its words as text. */
export type CallContent = Omit<StoredContent, 'request' | 'response'> & {
  request: string | null
  response: string | null
}

/** The content of a call; null where there is none. */
export async function findCallContent(store: Store, requestId: string): Promise<CallContent | null> {
  const [row] = await rowsOf(store, requestId, CALL_CONTENT_COLUMNS)
  if (row === undefined) return null
  const content = contentFromRow(row)
  const [request, response] = await Promise.all([textOf(content.request), textOf(content.response)])
  return { ...content, request, response }
}

/** How much of the content of a call there is; null where there is none. */
export async function findKept(store: Store, requestId: string): Promise<Kept | null> {
  const [row] = await rowsOf(store, requestId, 'c."kept"')
  return row === undefined ? null : (row.kept as Kept)
}

function rowsOf(store: Store, requestId: string, columns: string) {
  const id = requestIdBytes(requestId)
  if (id === null) return Promise.resolve([])
  return store.sql.all(`SELECT ${columns} FROM "CallContent" c WHERE c."id" = $1`, [id])
}

const inflate = promisify(inflateRaw)

/** Off this thread: a body of megabytes takes a while. */
async function textOf(deflated: Uint8Array | null): Promise<string | null> {
  return deflated === null ? null : (await inflate(deflated)).toString('utf8')
}
