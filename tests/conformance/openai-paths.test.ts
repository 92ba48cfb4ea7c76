// Every path that OpenAI's own SDK requests is one that the gateway serves, so that a new version of it shows what is new.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endpointOf } from '@latchkey/server/domain/endpoints/find-endpoint.ts'
import { expect, test } from 'vitest'

// Calls of the SDK's client: `_client.post('/files', …)`, `_client.getAPIList(path `/files/${id}`, …)`.
const CALL = /\b_client\.(get|post|put|patch|delete|getAPIList)\(\s*(?:path )?(['`])(\/[^'`?]*)[^'`]*\2/g
// They administer an account, with a key of another kind.
const NOT_SERVED = /^\/(organization|projects)\b/

test('every call of the SDK is an endpoint, with its method', () => {
  const room = dirname(fileURLToPath(import.meta.resolve('openai')))
  const calls = globSync('resources/**/*.mjs', { cwd: room }).flatMap((file) =>
    [...readFileSync(join(room, file), 'utf8').matchAll(CALL)].map(([, verb = '', , path = '']) => ({
      method: verb === 'getAPIList' ? 'GET' : verb.toUpperCase(),
      path: path.replaceAll(/\$\{[^}]+\}/g, 'x1'),
    })),
  )
  const served = calls.filter(({ path }) => !NOT_SERVED.test(path))
  // As many as the SDK has, or the expression above reads it no more.
  expect(served.length).toBeGreaterThan(200)
  const unserved = served.filter(({ method, path }) => {
    const endpoint = endpointOf(method, `/v1${path}`)
    return typeof endpoint === 'string' || 'allow' in endpoint
  })
  expect(unserved).toEqual([])
})
