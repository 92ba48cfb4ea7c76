// The header in which a client tags its call.
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import { readTagsHeader, TAGS_HEADER } from '../../domain/logs/tags.ts'
import type { Call } from './call.ts'

/** Notes the tags that a client has sent in the header; the error of a malformed one. */
export function tagsError(call: Call, headers: IncomingHttpHeaders): CallError | null {
  const sent = headers[TAGS_HEADER]
  if (sent === undefined) return null
  const read = readTagsHeader(String(sent))
  if ('fault' in read) return callError('invalid_request', { param: TAGS_HEADER, message: read.fault })
  call.noteTags(read.tags)
  return null
}
