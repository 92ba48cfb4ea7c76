// Serves the console: a folder of static files, and its one page for every other path.
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'

// The page has its content security policy (scripts by hash) in a meta element; these directives have no effect there.
const HEADERS = {
  'content-security-policy': "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

export type ConsoleFiles = (request: IncomingMessage, response: ServerResponse) => void

/** What is said in place of a console that is not built: everything else works without it. */
export const CONSOLE_NOT_BUILT =
  'The console is not built: run `node console/build.ts` and start again. /v1, /graphql and /api work.'

/** Whether `folder` has a build of the console. */
export function isConsoleBuilt(folder: string): boolean {
  return existsSync(join(folder, 'index.html'))
}

/** Serves the build in `folder`. Without a build the response (503) says what to run. */
export function createConsoleFiles(folder: string): ConsoleFiles {
  if (!isConsoleBuilt(folder)) return notBuilt
  const serve = sirv(folder, {
    single: 'index.html',
    etag: true,
    gzip: true,
    brotli: true,
    // Names under _app/immutable contain a hash of the file; the page must be revalidated each time.
    setHeaders: (response, path) => {
      const immutable = path.startsWith('/_app/immutable/')
      response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    },
  })
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'content-type': 'text/plain; charset=utf-8' })
      response.end('Method not allowed\n')
      return
    }
    serve(request, response, () => notFound(response))
  }
}

function notBuilt(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${CONSOLE_NOT_BUILT}\n`)
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
  response.end('Not found\n')
}
