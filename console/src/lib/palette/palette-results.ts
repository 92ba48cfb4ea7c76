// What the command palette finds for a text, on the server.
import { type ApiKey, type CallOptions, NotFoundError } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'
import { settingsNamed } from '#lib/settings/find-settings.ts'
import { recognise } from './recognise.ts'

export type Found =
  | { kind: 'request'; id: string }
  | { kind: 'key'; key: ApiKey }
  | { kind: 'owner' | 'label' | 'model' | 'upstream'; id: string; name: string }
  | { kind: 'setting'; text: string; href: string }

const most = 5
/** The newest that match, of which the best are shown. */
const searched = 50

/**
 * Looks for records. What is typed may be a secret: it goes to the server in the body of a request, and into no URL.
 *
 * @param scopes of whoever asks: what may not be read is not asked for.
 */
export async function findRecords(
  text: string,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<Found[]> {
  const what = recognise(text)
  const options = { signal }
  const may = (scope: string) => scopes.includes(scope)
  switch (what.kind) {
    case 'request': {
      if (!may('logs:read')) return []
      const log = await orNull(latchkey.logs.get(what.id, options))
      return log ? [{ kind: 'request', id: log.id }] : []
    }
    case 'key': {
      if (!may('keys:read')) return []
      const key = await orNull(latchkey.keys.get(what.id, options))
      return key ? [{ kind: 'key', key }] : []
    }
    case 'secret':
      return may('keys:read') ? keys(what.secret, options) : []
    case 'text': {
      const found = await Promise.all([
        may('keys:read') ? keys(what.text, options) : [],
        may('owners:read') ? owners(what.text, options) : [],
        may('owners:read') ? labels(what.text, options) : [],
        may('models:read') ? models(what.text, options) : [],
        may('upstreams:read') ? upstreams(what.text, options) : [],
        may('settings:read') ? settings(what.text, options) : [],
      ])
      return found.flat()
    }
  }
}

async function keys(search: string, options: CallOptions): Promise<Found[]> {
  const { items } = await latchkey.keys.list({ first: searched, filter: { search } }, options)
  return ranked(items, search).map((key) => ({ kind: 'key', key }))
}

/** Keys whose name begins with the text before others, and those that work before those that do not. */
function ranked(items: readonly ApiKey[], text: string): ApiKey[] {
  const wanted = text.toLowerCase()
  const rank = ({ name, status }: ApiKey) => {
    const lower = name.toLowerCase()
    const place = lower === wanted ? 0 : lower.startsWith(wanted) ? 2 : 4
    return place + (status === 'ACTIVE' ? 0 : 1)
  }
  return items.toSorted((a, b) => rank(a) - rank(b)).slice(0, most)
}

async function owners(search: string, options: CallOptions): Promise<Found[]> {
  const { items } = await latchkey.owners.list({ first: most, filter: { search } }, options)
  return items.map(({ id, name }) => ({ kind: 'owner', id, name }))
}

async function labels(search: string, options: CallOptions): Promise<Found[]> {
  const { items } = await latchkey.labelLimits.list({ first: most, search }, options)
  return items.map(({ id, name, label }) => ({
    kind: 'label',
    id,
    name: `${label.name}=${label.value} · ${name}`,
  }))
}

async function models(search: string, options: CallOptions): Promise<Found[]> {
  const { items } = await latchkey.models.list({ first: searched, search }, options)
  return bestFirst(items, search).map(({ id, name }) => ({ kind: 'model', id, name }))
}

async function upstreams(search: string, options: CallOptions): Promise<Found[]> {
  const { items } = await latchkey.upstreams.list({ first: searched, search }, options)
  return bestFirst(items, search).map(({ id, name }) => ({ kind: 'upstream', id, name }))
}

async function settings(text: string, options: CallOptions): Promise<Found[]> {
  const found = settingsNamed(text)
  const isThere = found.some(({ ofSqlite }) => ofSqlite)
    ? (await latchkey.server(options)).database === 'SQLite'
    : false
  return found
    .filter(({ ofSqlite }) => isThere || !ofSqlite)
    .slice(0, most)
    .map(({ text: name, href }) => ({ kind: 'setting', text: name, href }))
}

/** Those of that name first, then those that begin with it. */
function bestFirst<T extends { name: string }>(items: readonly T[], text: string): T[] {
  const wanted = text.toLowerCase()
  const rank = ({ name }: T) => {
    const lower = name.toLowerCase()
    return lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : 2
  }
  return items.toSorted((a, b) => rank(a) - rank(b)).slice(0, most)
}

async function orNull<T>(record: Promise<T>): Promise<T | null> {
  try {
    return await record
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}
