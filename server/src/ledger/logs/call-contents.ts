// Reads the stored content of calls.
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import type { StoredContent } from '../../domain/content/captured-content.ts'
import { readContent } from '../../store/queries/call-contents.ts'
import type { Store } from '../../store/store.ts'

/** Content with its bodies as text. */
export type CallContent = Omit<StoredContent, 'request' | 'response'> & {
  request: string | null
  response: string | null
}

/** The content of a call; null where there is none. */
export async function findCallContent(store: Store, requestId: string): Promise<CallContent | null> {
  const content = await readContent(store, requestId)
  if (content === null) return null
  const [request, response] = await Promise.all([textOf(content.request), textOf(content.response)])
  return { ...content, request, response }
}

const inflate = promisify(inflateRaw)

/** Inflated on another thread: a body of megabytes would block this one for milliseconds. */
async function textOf(deflated: Uint8Array | null): Promise<string | null> {
  return deflated === null ? null : (await inflate(deflated)).toString('utf8')
}
