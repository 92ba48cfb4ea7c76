// Changes as people make them: signed in, by the admin API, from an address of their own.
import { cookieOf, type GraphqlResponse, graphql, SIGN_IN } from '../../support/api/client.ts'

/** The password of every admin of the seeded server. */
export const SHOWROOM_PASSWORD = 'showroom-latchkey'

export type Person = { username: string; address: string; userAgent: string }

/** Whoever signs in with LATCHKEY_ADMIN_PASSWORD. */
export const ADMIN: Person = {
  username: 'admin',
  address: '192.0.2.10',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
}
export const PEOPLE = {
  mira: {
    username: 'mira',
    address: '192.0.2.24',
    userAgent:
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  },
  tomas: {
    username: 'tomas',
    address: '198.51.100.7',
    userAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  },
  jun: {
    username: 'jun',
    address: '198.51.100.31',
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  },
} as const satisfies Record<string, Person>

export type Desk = {
  /** Of the server. */
  url: string
  /**
   * Sends one mutation `name(input: Input!)` as a person and returns what it selects. Throws with the problems of the server: a
   * seeded history has none.
   */
  change(
    person: Person,
    name: string,
    input: Record<string, unknown>,
    selection: string,
    // biome-ignore lint/suspicious/noExplicitAny: whoever seeds reads into the response that it requested
  ): Promise<any>
  /** Sends any operation as a person. */
  send(person: Person, query: string, variables?: Record<string, unknown>): Promise<GraphqlResponse>
  /** The headers of this person's browser, without a session. */
  browser(person: Person): Record<string, string>
}

/** A working day. */
const SESSION_MS = 8 * 3_600_000
/** What the server asks a fresh sign-in for lasts five minutes. */
const FRESH_MS = 4 * 60_000
const NEED_FRESH = ['inviteAdmin', 'createAdminToken', 'disableAdmin', 'updateSettings']

/** `clock`: of the history, by which the server judges sessions. */
export function createDesk(url: string, clock: () => number): Desk {
  const sessions = new Map<string, { cookie: string; device: string; sinceMs: number }>()

  function browser({ address, userAgent }: Person): Record<string, string> {
    return { 'x-forwarded-for': address, 'user-agent': userAgent }
  }

  /** A session of at most this age: known, or begun from the same browser as the one before. */
  async function cookie(person: Person, maxMs: number): Promise<string> {
    const known = sessions.get(person.username)
    if (known !== undefined && clock() - known.sinceMs < maxMs) return known.cookie
    const input = { username: person.username, password: SHOWROOM_PASSWORD }
    const headers = { ...browser(person), ...(known !== undefined && { cookie: known.device }) }
    const response = await graphql({ url }, SIGN_IN, { input }, { headers })
    const fresh = cookieOf(response)
    if (fresh === null) throw new Error(`${person.username} is not signed in: ${JSON.stringify(response)}`)
    const [, device] = response.headers.getSetCookie().map((each) => each.split(';')[0] ?? '')
    sessions.set(person.username, { cookie: fresh, device: device ?? known?.device ?? '', sinceMs: clock() })
    return fresh
  }

  async function send(
    person: Person,
    query: string,
    variables: Record<string, unknown> = {},
    maxMs = SESSION_MS,
  ) {
    const as = { cookie: await cookie(person, maxMs), headers: browser(person) }
    return graphql({ url }, query, variables, as)
  }

  return {
    url,
    send,
    browser,
    async change(person, name, input, selection) {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
      const query = `mutation ($input: ${INPUT_TYPES[name] ?? type}!) {
        ${name}(input: $input) { ${selection} userErrors { code field message } }
      }`
      const { data, errors } = await send(
        person,
        query,
        { input },
        NEED_FRESH.includes(name) ? FRESH_MS : SESSION_MS,
      )
      const payload = data?.[name]
      if (payload === undefined || payload === null || payload.userErrors.length > 0)
        throw new Error(`${name} ${JSON.stringify(input)}: ${JSON.stringify(errors ?? payload?.userErrors)}`)
      return payload
    },
  }
}

/** Those whose input is not named after them. */
const INPUT_TYPES: Record<string, string> = {
  disableApiKey: 'SwitchApiKeyInput',
  enableApiKey: 'SwitchApiKeyInput',
  disableOwner: 'SwitchOwnerInput',
  disableAdmin: 'AdminIdInput',
}
