// Liveness and readiness of this process.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ping } from '../store/ping.ts'
import type { Store } from '../store/store.ts'

const DATABASE_TIMEOUT_MS = 2_000

export type Health = {
  /** Serves `/healthz` and `/readyz`; false for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** From here on not ready: the process is about to stop. */
  drain(): void
}

/** What a load balancer sends here: calls, or admins. */
const PARTS = ['gateway', 'admin'] as const
type Part = (typeof PARTS)[number]

/**
 * `/healthz`: 200 while the process runs. `/readyz`: 200, or 503 with the reasons: `draining`, and `database` where the database
 * does not respond. `?for=gateway` leaves out the database, since calls with known keys are served without it; `?for=admin` is
 * the same as neither. An upstream that is down is no reason.
 */
export function createHealth(store: Store): Health {
  let draining = false

  async function reasons(part: Part): Promise<string[]> {
    if (draining) return ['draining']
    if (part === 'gateway') return []
    const responds = ping(store).then(
      () => true,
      () => false,
    )
    const late = new Promise<false>((resolve) => setTimeout(resolve, DATABASE_TIMEOUT_MS, false).unref())
    return (await Promise.race([responds, late])) ? [] : ['database']
  }

  return {
    handle(request, response) {
      const [path, query] = request.url?.split('?', 2) ?? []
      if (path === '/healthz') reply(response, 200, { status: 'ok' })
      else if (path === '/readyz') {
        const named = new URLSearchParams(query).get('for') ?? 'admin'
        const part = PARTS.find((known) => known === named)
        if (part === undefined)
          reply(response, 400, { status: 'unknown', reasons: ['for must be gateway or admin'] })
        else
          void reasons(part).then((found) =>
            reply(response, found.length === 0 ? 200 : 503, {
              status: found.length === 0 ? 'ready' : 'not ready',
              reasons: found,
            }),
          )
      } else return false
      return true
    },
    drain() {
      draining = true
    },
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
