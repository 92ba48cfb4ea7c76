// /graphql and /api, loaded by the first request to either: a gateway that nobody administers does without their 50 MB.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import type { ControlPlane } from '../services/control-plane.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

export type AdminHttp = {
  graphql: Handler
  rest: Handler
  /** Begins to load them, where somebody who will need them has come to the console. */
  load(): void
}

/** Requests wait until the rooms are there; calls are answered meanwhile. */
export function createAdminHttp(plane: ControlPlane): AdminHttp {
  let loading: Promise<Record<'graphql' | 'rest', Handler>> | null = null
  const loaded = () => {
    loading ??= load(plane)
    return loading
  }
  const handlerOf = (name: 'graphql' | 'rest'): Handler => {
    return (request, response) => {
      loaded().then(
        (adminHttp) => adminHttp[name](request, response),
        (error: unknown) => {
          plane.onFault?.(error, 'start')
          response.writeHead(500).end()
        },
      )
    }
  }
  return {
    graphql: handlerOf('graphql'),
    rest: handlerOf('rest'),
    load: () => void loaded().catch(() => undefined),
  }
}

/** One library after another, so that no call waits for more than the longest of them. */
async function load(plane: ControlPlane): Promise<Record<'graphql' | 'rest', Handler>> {
  await import('graphql')
  await turn()
  await import('graphql-yoga')
  await turn()
  await import('@pothos/core')
  await turn()
  await import('@pothos/plugin-prisma')
  await turn()
  const { createRestHandler } = await import('../rest/handler.ts')
  await turn()
  const { createGraphqlHandler } = await import('../graphql/handler.ts')
  return { graphql: createGraphqlHandler(plane), rest: createRestHandler(plane) }
}
