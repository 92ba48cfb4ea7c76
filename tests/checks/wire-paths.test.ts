import { ENDPOINTS } from '@latchkey/server/domain/endpoints/endpoints.ts'
import { expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'
import { wirePathsIn } from './wire-paths.ts'

const TABLE = 'server/src/domain/endpoints/endpoints.ts'
/** The built-in upstream: it implements endpoints of OpenAI's API, as any upstream does. */
const ECHO = 'server/src/gateway/echo/'
/** Examples of responses, for people. */
const EXAMPLES = 'server/src/rest/openapi/'

// The placeholder of a template in the code of a case.
const part = '$' + '{part}'

const paths = new Set(ENDPOINTS.map(({ path }) => path.replace(/\/\*+$/, '')))

test('only the endpoint table has a path of the wire as a literal', () => {
  const files = repositoryFiles('server/src/*.ts').filter(
    (file) =>
      !file.endsWith('.test.ts') && file !== TABLE && !file.startsWith(ECHO) && !file.startsWith(EXAMPLES),
  )
  expect(files.length).toBeGreaterThan(200)
  const found = files.flatMap((file) =>
    wirePathsIn(file, repositoryText(file), paths).map((literal) => `${file}: ${literal}`),
  )
  expect(found, 'take it from domain/endpoints/endpoints.ts').toEqual([])
})

test.for([
  ["path === '/v1/responses'", 1],
  ["path.startsWith('/v1/')", 1],
  ["path.slice('/v1'.length)", 1],
  ["new Set(['chat/completions', 'files'])", 1],
  ["send({ path: '/models' })", 1],
  [`\`${part}/realtime${part}\``, 1],
  [`\`'/v1/${part}'\``, 1],
  ['/^\\/v1\\/(key$|models)/.test(path)', 1],
  ["fail('Send it to a path such as /v1/responses.')", 0],
  ["const OPENAI = 'https://api.openai.com/v1'", 0],
  ["const kinds = ['files', 'responses']", 0],
  ["import { x } from '../gateway/realtime/realtime.ts'", 0],
] as const)('%s: %i', ([code, count]) => {
  expect(wirePathsIn('a.ts', code, paths)).toHaveLength(count)
})
