// Every root field and every path, times everyone who may ask: expected from one table, nothing exposed.
//
// The fields are executed on the server's own schema, with a control plane that nothing may touch: who gets as far as that was let
// through. It takes seconds for thousands of pairs. REST and /metrics are asked over HTTP.

import { tokenHash } from '@latchkey/server/auth/secret-token.ts'
import { AdminError, MissingScope } from '@latchkey/server/domain/admin-errors.ts'
import type { Actor } from '@latchkey/server/domain/admins/actor.ts'
import {
  ROLES,
  SCOPES,
  type Scope,
  scopesOfRole,
  withImplied,
} from '@latchkey/server/domain/admins/permissions.ts'
import { type Access, rootFieldAccess } from '@latchkey/server/graphql/access/declared-scopes.ts'
import type { GraphqlContext } from '@latchkey/server/graphql/context.ts'
import { schema } from '@latchkey/server/graphql/schema.ts'
import { ROUTES } from '@latchkey/server/rest/handler.ts'
import { ORGANIZATION_ROUTES } from '@latchkey/server/rest/organization/organization-handler.ts'
import { type ExecutionResult, execute, GraphQLError, subscribe, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, sessionHeaders, signIn } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { EXPECTED } from './access/expected-access.ts'
import { minimalDocument } from './access/minimal-document.ts'

type Who = { name: string; actor: Actor | null }

const actorWith = (fields: Partial<Actor>): Actor => ({
  type: 'ADMIN_TOKEN',
  id: 1,
  name: 'x',
  ip: null,
  requestId: null,
  scopes: new Set(),
  role: null,
  owners: null,
  ...fields,
})

// An API key is no actor here: identify() refuses it as it does a wrong token, which REST shows below, and stranger.test.ts.
const EVERYONE: Who[] = [
  { name: 'a stranger', actor: null },
  ...ROLES.map((role) => ({
    name: role,
    actor: actorWith({ type: 'ADMIN', role, scopes: scopesOfRole(role) }),
  })),
  { name: 'a role that is not known', actor: actorWith({ type: 'ADMIN' }) },
  { name: 'a token without a scope', actor: actorWith({}) },
  ...SCOPES.map((scope) => ({
    name: `a token with ${scope}`,
    actor: actorWith({ scopes: withImplied([scope]) }),
  })),
]

/** Every path with an admin's method, but GraphQL's own. */
const PATHS = [
  ...ROUTES.flatMap(({ path, methods }) =>
    Object.keys(methods).map((method) => ({ method, path: readable(path) })),
  ),
  ...Object.entries(ORGANIZATION_ROUTES).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method, path: `/v1/organization/${path}` })),
  ),
  { method: 'GET', path: '/metrics' },
]

const FIELDS = rootFieldAccess(schema).map(({ type, field }) => {
  const root = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const definition = root.find((each) => each?.name === type)?.getFields()[field]
  if (definition === undefined) throw new Error(`no ${type}.${field}`)
  return { type, field, document: minimalDocument(type, definition) }
})

test('the table has a row for each field and each path, and for nothing else', () => {
  const known = [...FIELDS.map(({ field }) => field), ...PATHS.map(({ method, path }) => `${method} ${path}`)]
  expect(
    [...EXPECTED.keys()].sort(),
    'write each where its scope is in tests/security/access/expected-access.ts, as the schema declares it',
  ).toEqual([...new Set(known)].sort())
})

test('each document is one that the schema takes', () => {
  for (const { field, document } of FIELDS) expect(validate(schema, document), field).toEqual([])
})

describe('GraphQL', () => {
  test.for(EVERYONE)('what $name may', async ({ actor }) => {
    const exposed: string[] = []
    for (const { type, field, document } of FIELDS) {
      const wanted = expectedResult(EXPECTED.get(field), actor)
      const got = await resultFor(type, document, actor)
      if (got !== wanted) exposed.push(`${type}.${field}: ${got}, expected ${wanted}`)
    }
    expect(exposed).toEqual([])
  })
})

describe('REST and /metrics', () => {
  let latchkey: TestLatchkey
  let session: Record<string, string>
  let sent = 0
  beforeAll(async () => {
    latchkey = await startLatchkey({
      env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    })
    session = sessionHeaders(await signIn(latchkey))
    for (const scope of SCOPES) {
      const data = { name: scope, scopes: scope, tokenHash: tokenHash(`only ${scope}`.replace(/\W/g, '-')) }
      await latchkey.app.store.prisma.adminToken.create({ data: { ...data, createdAt: new Date() } })
    }
  })
  afterAll(() => latchkey.close())

  /** The status of each path; each request comes from a network of its own, since wrong tokens are counted by network. */
  async function statuses(headers: Record<string, string>): Promise<Record<string, number>> {
    const entries: [string, number][] = []
    for (const { method, path } of PATHS) {
      sent++
      const response = await fetch(
        latchkey.url + path.replace(/\{key_id\}|\*/g, '999').replace('{format}', 'jsonl'),
        {
          method,
          headers: {
            ...headers,
            'content-type': 'application/json',
            'x-forwarded-for': `10.2.${sent >> 8}.${sent & 255}`,
          },
          ...(method === 'GET' ? {} : { body: '{}' }),
        },
      )
      await response.text()
      entries.push([`${method} ${path}`, response.status])
    }
    return Object.fromEntries(entries)
  }

  /** Null: what was sent is no admin's. Of OpenAI's paths a session is none either; without an admin token they are the gateway's. */
  function check(found: Record<string, number>, scopes: ReadonlySet<Scope> | null, isSession = false): void {
    for (const [place, status] of Object.entries(found)) {
      const access = EXPECTED.get(place) as Scope
      const isOrganization = place.includes(' /v1/')
      if (isOrganization && (scopes === null || isSession)) expect([401, 404], place).toContain(status)
      else if (scopes === null) expect([place, status]).toEqual([place, 401])
      else if (!scopes.has(access)) expect([place, status]).toEqual([place, 403])
      else expect([200, 400, 404], `${place}: ${status}`).toContain(status)
    }
  }

  test('a stranger and an API key have nothing', async () => {
    const { secret } = await latchkey.createKey()
    check(await statuses({}), null)
    check(await statuses({ authorization: `Bearer ${secret}` }), null)
  })

  test.for(ROLES)('what %s may', async (role) => {
    await latchkey.app.store.prisma.admin.updateMany({ data: { role } })
    const found = await statuses(session)
    check(found, scopesOfRole(role), true)
  })

  test('what a token with one scope may', async () => {
    for (const scope of SCOPES) {
      const token = `only ${scope}`.replace(/\W/g, '-')
      check(await statuses({ authorization: `Bearer ${token}` }), withImplied([scope]))
    }
  })
})

/** `^\/api\/api-keys\/([^/]+)$` as `/api/api-keys/{key_id}`. */
function readable({ source }: RegExp): string {
  const text = source.slice(1, -1).replaceAll('\\', '')
  return text.replace('([^/]+)', '{key_id}').replace('([a-z]+)', '{format}')
}

/** `allowed`, UNAUTHENTICATED, or the scope that is missing; PERSON where tokens are refused. */
function expectedResult(access: Access | undefined, actor: Actor | null): string {
  switch (access) {
    case undefined:
      return 'a row in the table'
    case 'OPEN':
      return 'allowed'
    case 'BY_ID':
      return expectedResult('keys:read', actor)
    case 'IDENTIFIED':
      return actor === null ? 'UNAUTHENTICATED' : 'allowed'
    case 'PERSON':
      return actor === null ? 'UNAUTHENTICATED' : actor.type === 'ADMIN' ? 'allowed' : 'PERSON'
    default:
      if (actor === null) return 'UNAUTHENTICATED'
      return actor.scopes.has(access) ? 'allowed' : access
  }
}

async function resultFor(
  type: string,
  document: Parameters<typeof execute>[0]['document'],
  actor: Actor | null,
) {
  const args = { schema, document, contextValue: contextOf(actor) }
  const result = type === 'Subscription' ? await subscribe(args) : await execute(args)
  if (Symbol.asyncIterator in result) {
    await result.return?.()
    return 'allowed'
  }
  return refusalIn(result)
}

function refusalIn({ errors = [] }: ExecutionResult): string {
  const causes = errors.map(causeOf)
  const missing = causes.find((cause) => cause instanceof MissingScope)
  if (missing !== undefined) return missing.scope
  const refused = causes.find((cause): cause is AdminError => cause instanceof AdminError)
  if (refused?.code === 'UNAUTHENTICATED') return 'UNAUTHENTICATED'
  if (refused?.code === 'FORBIDDEN' && refused.message.includes('not for admin tokens')) return 'PERSON'
  return 'allowed'
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error
}

/** A context whose every part but the actor throws when it is touched. */
function contextOf(actor: Actor | null): GraphqlContext {
  const untouchable: object = new Proxy(() => undefined, {
    get() {
      throw new Error('reached')
    },
    apply() {
      throw new Error('reached')
    },
  })
  const session = actor?.type === 'ADMIN' ? { mustEnrol: false } : null
  const parts = { actor, session, streams: true, client: { ip: null, userAgent: null, requestId: '' } }
  return new Proxy(parts, {
    // Pothos keeps what it knows of a context under symbols.
    get: (target, name) =>
      typeof name === 'symbol' || name in target ? Reflect.get(target, name) : untouchable,
  }) as unknown as GraphqlContext
}
