// What the open screen has asked, so that its API button can show that very view as GraphQL, SDK code and curl.
import { isWholeSecret } from '#lib/keys/secret-text.ts'
import type { Operation } from './operation.ts'
import { placeOf } from './operation-places.ts'

// What the frame of the console asks by itself is no part of a screen; nor are saved views, which a program with a token does not have.
const ofFrame = new Set(['GetViewer', 'GetSetup', 'GetLedgerHealth', 'ListSavedViews'])
// But on this screen, which is about it.
const ofScreen: Readonly<Record<string, string>> = { GetLedgerHealth: '/about' }
// The screen with the most of them, which asks for each of its groups, and some screens before it.
const most = 40
const mostBytes = 40_000

let noted = $state.raw<readonly (Operation & { path: string; isOpen: () => boolean })[]>([])

/**
 * The queries of the screen at this path, in the order in which it first sent them. Of each name the last that was sent, or those that
 * were sent side by side.
 */
export function operationsAt(path: string): readonly Operation[] {
  return noted.filter((each) => each.path === path)
}

/** Notes the query in the body of a request, if it carries one. Call what it returns once the response is there. */
export function noteOperation(body: unknown, signal?: AbortSignal | null): () => void {
  const path = location.pathname
  const operation = typeof body === 'string' && body.length <= mostBytes ? read(body, path) : undefined
  return operation ? note(operation, path, signal) : () => {}
}

/** Notes what is read from the gateway at this address with an API key, which stands in no address. */
export function noteRestCall(address: string): void {
  const { pathname, search, searchParams } = new URL(address)
  const variables = Object.fromEntries(searchParams)
  note({ name: `GET ${pathname}`, query: '', variables, restPath: pathname + search }, location.pathname)()
}

function note(operation: Operation, path: string, signal?: AbortSignal | null): () => void {
  let waiting = true
  const isOpen = () => waiting && signal?.aborted !== true
  // Neither read nor set while an effect sends the request: it would depend on what it changes, and send it again for ever.
  queueMicrotask(() => {
    const here = noted.filter((each) => each.path === path)
    const others = noted.filter((each) => each.path !== path)
    // A query that is sent again keeps its place: what the drawer shows must not change each time a screen refreshes itself.
    const place = placeOf(operation, here)
    here.splice(place < 0 ? here.length : place, 1, { ...operation, path, isOpen })
    noted = [...others, ...here].slice(-most)
  })
  return () => {
    waiting = false
  }
}

function read(body: string, path: string): Operation | undefined {
  try {
    const parsed: unknown = JSON.parse(body, withoutSecrets)
    if (typeof parsed !== 'object' || parsed === null) return undefined
    const { query, variables, operationName } = parsed as Record<string, unknown>
    if (typeof query !== 'string' || !/^\s*(query|subscription)\s/.test(query)) return undefined
    if (typeof operationName !== 'string') return undefined
    if (ofFrame.has(operationName) && ofScreen[operationName] !== path) return undefined
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
