// How much room the content of a call takes where it is stored.
import type { StoredContent } from './captured-content.ts'

/** What a row takes beside its texts, nearly: its id, its types and flags, and its place in the index. */
export const ROW_BYTES = 100

/** Bytes of a stored content: its deflated bodies, its shape, and a row. The database counts the same (store/queries/call-contents.ts). */
export function contentBytes({ request, response, shape }: StoredContent): number {
  const shapeBytes = shape === null ? 0 : Buffer.byteLength(JSON.stringify(shape))
  return ROW_BYTES + (request?.length ?? 0) + (response?.length ?? 0) + shapeBytes
}
