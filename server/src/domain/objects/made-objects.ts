// The objects of an upstream that a response says were made: by the request itself, or on the way.
import { isObject } from '../is-object.ts'
import { OBJECT_ID_MAX_CHARS } from './object-endpoints.ts'
import { encryptedContentId } from './object-references.ts'

// What an upstream makes beside the object itself: results of batches and jobs, the file of an upload, the thread of a run,
// the stores of files that a thread or an assistant is given.
const MADE_BESIDE = [
  'output_file_id',
  'error_file_id',
  'result_files',
  'file',
  'thread_id',
  'conversation',
] as const

const MADE_MAX = 512

/**
 * The ids in a JSON response, or in the last event of a stream; at most MADE_MAX. `isStored`: the upstream keeps the object
 * itself and its items; else only encrypted reasoning comes back.
 */
export function madeObjects(response: unknown, isStored: boolean): string[] {
  const body = isObject(response) && isObject(response.response) ? response.response : response
  if (!isObject(body)) return []
  const made = new Set<string>()
  if (isStored) {
    add(made, body.id)
    for (const name of MADE_BESIDE) addAll(made, body[name])
    const search = isObject(body.tool_resources) ? body.tool_resources.file_search : null
    if (isObject(search)) addAll(made, search.vector_store_ids)
  }
  for (const item of Array.isArray(body.output) ? body.output.slice(0, MADE_MAX) : []) {
    if (!isObject(item)) continue
    if (isStored) add(made, item.id)
    // Containers live on whether or not the response does.
    add(made, item.container_id)
    if (typeof item.encrypted_content === 'string') add(made, encryptedContentId(item.encrypted_content))
  }
  return [...made].slice(0, MADE_MAX)
}

function addAll(made: Set<string>, member: unknown): void {
  for (const one of Array.isArray(member) ? member : [member]) add(made, isObject(one) ? one.id : one)
}

function add(made: Set<string>, id: unknown): void {
  if (typeof id === 'string' && id !== '' && id.length <= OBJECT_ID_MAX_CHARS) made.add(id)
}
