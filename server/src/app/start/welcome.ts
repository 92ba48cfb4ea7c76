// What is printed once the server listens: where to go, and a first call.
import { CHAT_COMPLETIONS_PATH, WIRE_ROOT } from '../../domain/endpoints/endpoints.ts'
import { isWildcardHost } from '../../http/server/listener.ts'
import type { LatchkeyServer } from '../create-app.ts'
import type { Config } from '../settings/config.ts'

type Served = Pick<LatchkeyServer, 'setupToken' | 'served' | 'defaultModel'>

/** `listening`: the URL of the server for a browser on this machine. */
export function welcome(
  listening: string,
  { setupToken, served, defaultModel }: Served,
  { host, publicUrl }: Pick<Config, 'host' | 'publicUrl'>,
): string {
  const url = publicUrl ?? listening
  const where =
    setupToken === null
      ? `Console    ${url}`
      : `Console    ${url}/setup#token=${setupToken}\n           (makes the first admin; works once, for 24 hours, until the next start)`
  return `
Latchkey is listening on ${listening}${isWildcardHost(host) ? ' and on every other address of this machine' : ''}

${where}
GraphiQL   ${url}/graphql
API        ${url}${WIRE_ROOT}  (${served})
${isWildcardHost(host) && publicUrl === null ? elsewhere(listening) : ''}
First call, with a key from the console:

  curl ${url}${CHAT_COMPLETIONS_PATH} \\
    -H "Authorization: Bearer YOUR_KEY" \\
    -H "Content-Type: application/json" \\
    -d '{"model": "${defaultModel}", "messages": [{"role": "user", "content": "Hello!"}]}'
`
}

/** The addresses printed are of this machine alone, and whoever reads them may sit at another one. */
function elsewhere(listening: string): string {
  return `
These addresses work on this machine. On another one, put this machine's name in place of ${new URL(listening).hostname},
or set LATCHKEY_PUBLIC_URL to the address that people use.
`
}
