// Takes the logout tokens of the provider (OpenID Connect Back-Channel Logout 1.0 §2.5): a form of one field, sent by a server.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { endByProvider } from '../auth/sso/back-channel-logout.ts'
import { createStrangerBodies } from '../auth/stranger-bodies.ts'
import { AdminError } from '../domain/admin-errors.ts'
import type { Requester } from '../domain/admins/actor.ts'
import { BACK_CHANNEL_LOGOUT } from '../domain/admins/sso/back-channel-path.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { restHandler, sendError, sendJson } from './response.ts'

/** 200 where the token was taken, also where it ended no session; 400 with the reason where it was not. */
export function createBackChannelLogout(
  plane: ControlPlane,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const bodies = createStrangerBodies()

  async function serve(request: IncomingMessage, response: ServerResponse, client: Requester): Promise<void> {
    if ((request.url ?? '').split('?')[0] !== BACK_CHANNEL_LOGOUT) throw new AdminError('NOT_FOUND')
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST')
      throw new AdminError('METHOD_NOT_ALLOWED', 'The provider sends logout tokens here, with POST.')
    }
    const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
    if (mediaType !== 'application/x-www-form-urlencoded')
      throw new AdminError(
        'UNSUPPORTED_MEDIA_TYPE',
        'Send the logout token as a form, with the header "Content-Type: application/x-www-form-urlencoded".',
      )
    const sent = new URLSearchParams(await bodies.read(request, client.ip)).getAll('logout_token')
    const [token] = sent
    const result =
      token === undefined || sent.length > 1
        ? ({ ok: false, reason: 'Send one logout_token.' } as const)
        : await endByProvider(plane, client, token)
    if (result.ok) return void response.writeHead(200, { 'content-length': '0' }).end()
    sendJson(response, 400, { error: 'invalid_request', error_description: result.reason })
  }

  return restHandler(serve, (response, client, error) => sendError(plane, response, client, error))
}
