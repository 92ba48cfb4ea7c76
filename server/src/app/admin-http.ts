// /graphql, /api and /openapi.json, loaded with the first request to either: a server that is not administered saves their 50 MB.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import type { ControlPlane } from '../services/control-plane.ts'

type Name = 'graphql' | 'rest' | 'openApi' | 'organization' | 'backChannelLogout'
type Handler = (request: IncomingMessage, response: ServerResponse) => void

export type AdminHttp = {
  graphql: Handler
  rest: Handler
  openApi: Handler
  organization: Handler
  backChannelLogout: Handler
  /** Begins to load both: the console has been opened, and will send requests to them. */
  load(): void
}

/** Requests wait until both are loaded; calls are served meanwhile. */
export function createAdminHttp(plane: ControlPlane): AdminHttp {
  let loading: Promise<Record<Name, Handler>> | null = null
  const loaded = () => {
    loading ??= load(plane)
    return loading
  }
  const handlerOf = (name: Name): Handler => {
    return (request, response) => {
      loaded().then(
        (adminHttp) => adminHttp[name](request, response),
        (error: unknown) => {
          plane.onFault?.(error, 'start')
          const fault = { message: 'The admin API cannot be loaded; the log of the server says why.' }
          response.writeHead(500, { 'content-type': 'application/json', 'cache-control': 'no-store' })
          response.end(JSON.stringify({ errors: [fault], detail: fault.message }))
        },
      )
    }
  }
  return {
    graphql: handlerOf('graphql'),
    rest: handlerOf('rest'),
    openApi: handlerOf('openApi'),
    organization: handlerOf('organization'),
    backChannelLogout: handlerOf('backChannelLogout'),
    load: () => void loaded().catch(() => undefined),
  }
}

/** One library in each turn of the event loop, so that no call waits for longer than one of them takes to load. */
async function load(plane: ControlPlane): Promise<Record<Name, Handler>> {
  await import('graphql')
  await turn()
  await import('graphql-yoga')
  await turn()
  await import('@pothos/core')
  await turn()
  await import('@pothos/plugin-prisma')
  await turn()
  const { createRestHandler } = await import('../rest/handler.ts')
  const { createOrganizationHandler } = await import('../rest/organization/organization-handler.ts')
  const { createBackChannelLogout } = await import('../rest/back-channel-logout.ts')
  const { createOpenApiHandler } = await import('../rest/openapi/openapi-handler.ts')
  await turn()
  const { createGraphqlHandler } = await import('../graphql/handler.ts')
  return {
    graphql: createGraphqlHandler(plane),
    rest: createRestHandler(plane),
    openApi: createOpenApiHandler(plane.server.version),
    organization: createOrganizationHandler(plane),
    backChannelLogout: createBackChannelLogout(plane),
  }
}
