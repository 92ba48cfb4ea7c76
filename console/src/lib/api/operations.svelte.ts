// The queries that the open screen has sent, so that its API button can show that very view as GraphQL, SDK code and curl.
import { isWholeSecret } from '#lib/keys/secret-text.ts'

export type Operation = {
  name: string
  query: string
  variables: Readonly<Record<string, unknown>>
}

// What the frame of the console asks by itself is no part of a screen; nor are saved views, which a program with a token does not have.
const ofFrame = new Set(['GetViewer', 'GetSetup', 'GetLedgerHealth', 'ListSavedViews'])
const most = 12
const mostBytes = 40_000

let noted = $state.raw<readonly (Operation & { path: string })[]>([])

/** The queries of the screen at this path, in the order in which it first sent them; of each name the last that was sent. */
export function operationsAt(path: string): readonly Operation[] {
  return noted.filter((each) => each.path === path)
}

/** Notes the query in the body of a request, if it carries one. */
export function noteOperation(body: unknown): void {
  if (typeof body !== 'string' || body.length > mostBytes) return
  const operation = read(body)
  if (!operation) return
  const path = location.pathname
  // Neither read nor set while an effect sends the request: it would depend on what it changes, and send it again for ever.
  queueMicrotask(() => {
    const here = noted.filter((each) => each.path === path)
    const others = noted.filter((each) => each.path !== path)
    // A query that is sent again keeps its place: what the drawer shows must not change each time a screen refreshes itself.
    const place = here.findIndex(({ name }) => name === operation.name)
    here.splice(place < 0 ? here.length : place, 1, { ...operation, path })
    noted = [...others, ...here].slice(-most)
  })
}

function read(body: string): Operation | undefined {
  try {
    const parsed: unknown = JSON.parse(body, withoutSecrets)
    if (typeof parsed !== 'object' || parsed === null) return undefined
    const { query, variables, operationName } = parsed as Record<string, unknown>
    if (typeof query !== 'string' || !/^\s*(query|subscription)\s/.test(query)) return undefined
    if (typeof operationName !== 'string' || ofFrame.has(operationName)) return undefined
    const given = typeof variables === 'object' && variables !== null ? variables : {}
    return { name: operationName, query: tidy(query), variables: { ...given } }
  } catch {
    return undefined
  }
}

/** Without the indentation that fragments have where the SDK appends them. */
function tidy(query: string): string {
  return query.trim().replaceAll(/^ +fragment /gm, 'fragment ')
}

/** A secret that somebody looks for is a search; it must not get into a link. */
function withoutSecrets(name: string, value: unknown): unknown {
  return name === 'search' && typeof value === 'string' && isWholeSecret(value) ? '…' : value
}
