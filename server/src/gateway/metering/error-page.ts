// Error responses that are pages: of a proxy or a firewall in front of an upstream. SDKs would show the markup as the message.
import { callError } from '../../domain/errors.ts'
import { errorBody } from '../../http/wire/error-response.ts'

const PAGE_TYPE = /^\s*(?:text\/html|application\/xhtml\+xml|(?:text|application)\/xml)\b/i
// Also one that is said to be something else, as JSON often is.
const PAGE_START = /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|body|\?xml)/i
const LOOKED_AT_BYTES = 256

/** True for the Content-Type of a page in HTML, or of XML, which storage services respond with. */
export function isPageType(contentType: string): boolean {
  return PAGE_TYPE.test(contentType)
}

/** True for a body that begins as a page does, whatever its type says. */
export function beginsAsPage(body: Buffer): boolean {
  return PAGE_START.test(body.toString('latin1', 0, LOOKED_AT_BYTES))
}

/** What a client gets in place of a page, with the upstream's status: OpenAI's error, as JSON. */
export function pageReplacement(status: number): Buffer {
  const error = callError('upstream_error_page', {
    message: `The upstream responded with status ${status} and a page in place of an error in JSON.`,
  })
  return errorBody(status < 500 ? { ...error, type: 'invalid_request_error' } : error)
}
