// Which endpoints are about objects that an upstream stores, and which object a request names in its path: read off the rows of
// the endpoint table.
import type { Endpoint, EndpointRow } from '../endpoints/endpoints.ts'

// Their bodies are the bytes of a file, whatever type they have.
const FILES: ReadonlySet<string> = new Set(['files', 'uploads'])

/** Whether the body of a request can name other objects. */
export function namesObjectsInBody({ path }: Endpoint): boolean {
  return !FILES.has(path.split('/')[0] ?? '')
}

/** No identifier of an upstream that we know is longer; what is longer is no object of anybody. */
export const OBJECT_ID_MAX_CHARS = 200

/**
 * Whether an endpoint makes, lists or serves objects that belong to whoever made them. Not those of an account, which are
 * nobody's, nor secrets of sessions.
 */
export function holdsObjects({ served, openTo, modelIn }: Endpoint): boolean {
  return served === 'PASS_THROUGH' && openTo !== 'NAMED' && modelIn !== 'SESSION'
}

/** Whether a request lists objects, of whichever key: the path of a collection, which names no object. */
export function listsObjects(endpoint: Endpoint, method: string): boolean {
  return (method === 'GET' || method === 'HEAD') && holdsObjects(endpoint) && !/[{*]/.test(endpoint.path)
}

/**
 * The objects that a path names, the outermost first, which those after it are within; decoded. `path` is in its normal form,
 * with `/v1`, and fits the endpoint. Below a folder of the table any path is that of an object right below the folder.
 */
export function objectsInPath(endpoint: Pick<EndpointRow, 'path'>, path: string): string[] {
  if (!endpoint.path.includes('{') && !endpoint.path.endsWith('/**')) return NONE
  const segments = path.split('/').slice(2)
  return endpoint.path
    .replace('**', '{id}')
    .split('/')
    .flatMap((word, at) => (word === '{id}' ? [decoded(segments[at] ?? '')] : []))
    .filter((id) => id !== '')
}

const NONE: string[] = []

/** The table lets no broken encoding through; below a folder there may be any. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
