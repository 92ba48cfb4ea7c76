// `latchkey explain`: has a running server explain a call that is not made.
import {
  type ApiKey,
  AuthenticationError,
  ConnectionError,
  Latchkey,
  LatchkeyError,
  NotFoundError,
  UserInputError,
} from '@latchkey/sdk'
import { canonicalSecret } from '../../domain/keys/api-key.ts'
import { explainText } from './explain-text.ts'

export type ExplainOptions = {
  /** The id of a key, or its whole name. */
  key: string
  model?: string
  method: string
  endpoint: string
  ip?: string
  tokens?: number
  url: string
  json: boolean
}

/** `exitCode`: 0 admitted, 1 denied, 2 invalid arguments, 3 the server did not explain it. */
export type Explained = { exitCode: 0 | 1 | 2 | 3; text: string }

/** Never rejects. No text contains the token; of the URL, only origin and path. */
export async function explain(options: ExplainOptions, adminToken: string | null): Promise<Explained> {
  const url = URL.parse(options.url)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return invalid('--url must be the address of a Latchkey, such as http://localhost:8000.')
  }
  const place = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  if (adminToken === null) {
    return invalid(
      'No admin token: set LATCHKEY_ADMIN_TOKEN, or LATCHKEY_ADMIN_TOKEN_FILE to the path of a file with it.',
    )
  }
  if (canonicalSecret(options.key) !== null) {
    return invalid(
      '--key takes the id or the name of an API key, never the key itself: other users of the machine can see a command line.',
    )
  }
  const { keys } = new Latchkey({ url: place, adminToken, maxRetries: 1 })
  try {
    const key = await findKey(keys, options.key)
    if (typeof key === 'string') return invalid(key)
    const { model, method, endpoint, ip, tokens } = options
    const explanation = await keys.explain(key.id, { model, method, endpoint, clientIp: ip, tokens })
    const { id, name } = key
    return {
      exitCode: explanation.admitted ? 0 : 1,
      text: options.json
        ? JSON.stringify({ apiKey: { id, name }, ...explanation })
        : explainText(key, explanation, Date.now()),
    }
  } catch (error) {
    return failureOf(error, place)
  }
}

/** The key, or a message where none or more than one has this id or name. */
async function findKey(keys: Latchkey['keys'], idOrName: string): Promise<ApiKey | string> {
  if (/^key_\d+$/.test(idOrName)) {
    const byId = await keys.get(idOrName).catch((error: unknown) => {
      if (error instanceof NotFoundError) return null
      throw error
    })
    if (byId !== null) return byId
  }
  const named: ApiKey[] = []
  for await (const key of keys.list({ filter: { search: idOrName }, first: 100 }))
    if (key.name === idOrName) named.push(key)
  // Of several keys with one name, all but the newest are usually revoked or expired.
  const working = named.filter(({ status }) => status !== 'REVOKED' && status !== 'EXPIRED')
  const [only, ...others] = working.length === 1 ? working : named
  if (only === undefined) {
    return `There is no API key with the id or the name "${idOrName}". A name must match exactly.`
  }
  if (others.length === 0) return only
  const all = named
    .slice(0, 20)
    .map(({ id, status }) => `${id} (${status.toLowerCase()})`)
    .join(', ')
  return `${named.length} API keys have the name "${idOrName}". Send the id of one of them: ${all}${named.length > 20 ? ' …' : ''}`
}

function failureOf(error: unknown, place: string): Explained {
  if (error instanceof UserInputError) return invalid(error.message)
  if (error instanceof AuthenticationError) {
    return failed(
      `The server at ${place} refused the admin token. LATCHKEY_ADMIN_TOKEN must be the one that it was started with.`,
    )
  }
  if (error instanceof ConnectionError) {
    return failed(
      `The server at ${place} cannot be reached. Is it running? --url or LATCHKEY_URL says where it is.`,
    )
  }
  const message = error instanceof LatchkeyError ? error.message : String(error)
  return failed(`The server at ${place} could not explain the call: ${message}`)
}

function invalid(text: string): Explained {
  return { exitCode: 2, text }
}

function failed(text: string): Explained {
  return { exitCode: 3, text }
}
