// Serves the OpenAPI document at /openapi.json. It says nothing of an installation but its version, and is for anybody.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ADMIN_PATHS } from '../handler.ts'
import { ORGANIZATION_PATHS } from '../organization/organization-handler.ts'
import { openApiDocument } from './document.ts'
import { OWN_KEY_PATHS } from './own-key-operations.ts'

/** Made with the first request, and kept. */
export function createOpenApiHandler(
  version: string,
): (request: IncomingMessage, response: ServerResponse) => void {
  let body: string | null = null
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'content-type': 'text/plain; charset=utf-8' })
      response.end('Method not allowed\n')
      return
    }
    body ??= JSON.stringify(
      openApiDocument([...ADMIN_PATHS, ...ORGANIZATION_PATHS, ...OWN_KEY_PATHS], version),
    )
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      // Whoever shows documents of this kind may fetch it.
      'access-control-allow-origin': '*',
    })
    response.end(body)
  }
}
