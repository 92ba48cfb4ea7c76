// A request of OpenAI's admin API, and what its endpoints have in common.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import type { Scope } from '../../domain/admins/permissions.ts'
import type { ControlPlane } from '../../services/control-plane.ts'

export type OrganizationCall = {
  plane: ControlPlane
  actor: Actor
  /** The identifiers of the path, in its order, decoded. */
  ids: string[]
  query: URLSearchParams
  /** Reads the body as one JSON object. Throws BAD_USER_INPUT for anything else. */
  json(): Promise<Record<string, unknown>>
}

export type OrganizationEndpoint = {
  scope: Scope
  handle(call: OrganizationCall): Promise<object>
}

/** `limit`: how many items a page has. */
export const PAGE_LIMIT = { min: 1, max: 100, absent: 20 }

/** Seconds since the epoch, as OpenAI has instants; null stays null. */
export function seconds(at: Date | null): number | null {
  return at === null ? null : Math.floor(at.getTime() / 1_000)
}

/** An instant as this API has it: whole seconds since the epoch. */
export function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1_000)
}

/** All values of a list parameter: the SDK sends `models[]`, other clients `models`. */
export function listParameter(query: URLSearchParams, name: string): string[] | null {
  const values = [...query.getAll(name), ...query.getAll(`${name}[]`)]
  if (values.length > LIST_MAX) throw badInput(name, `${name} may have at most ${LIST_MAX} values.`)
  return values.length === 0 ? null : values
}

const LIST_MAX = 100

/** A whole number within bounds in decimal digits; absent: `absent`. */
export function wholeParameter<Absent>(
  query: URLSearchParams,
  name: string,
  { min, max, absent }: { min: number; max: number; absent: Absent },
): number | Absent {
  const text = query.get(name)
  if (text === null) return absent
  const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw badInput(name, `${name} must be a whole number from ${min} to ${max}.`)
}

/** The place behind `after`, an id that `numberOf` reads; nothing where it is absent or empty. */
export function cursorIn(
  query: URLSearchParams,
  numberOf: (id: string) => number | null,
): { olderThan?: number } {
  const after = query.get('after')
  if (after === null || after === '') return {}
  const olderThan = numberOf(after)
  if (olderThan === null) throw badInput('after', 'after must be the last_id of a page.')
  return { olderThan }
}

/** Refuses parameters that the endpoint does not know: a filter that is not applied would show more than was asked for. */
export function onlyKnown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    const plain = name.replace(/\[\w*\]$/, '')
    if (!known.includes(plain))
      throw badInput(
        name.slice(0, 100),
        `This gateway does not know the parameter ${JSON.stringify(name.slice(0, 100))} here.`,
      )
  }
}

/** What may be asked for by an actor that sees every owner's keys. */
export function refuseRestricted({ owners }: Actor): void {
  if (owners !== null)
    throw new AdminError(
      'FORBIDDEN',
      'Your token is restricted to the keys of some owners; this is of all of them.',
    )
}

/** A list as OpenAI has them. */
export function listOf(data: readonly { id: string }[], hasMore: boolean) {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  }
}

/** How long a key or a token may be asked to last. */
export const EXPIRES_SECONDS = { min: 1, max: 3_650 * 86_400 } as const

/** The instant in `expires_in_seconds` of a body, in milliseconds since the epoch; null: the body says nothing of it. */
export function expiryOf(
  nowMs: number,
  { expires_in_seconds: sent = null }: Record<string, unknown>,
  { min, max }: { min: number; max: number },
): number | null {
  if (sent === null) return null
  if (typeof sent === 'number' && Number.isInteger(sent) && sent >= min && sent <= max)
    return nowMs + sent * 1_000
  throw badInput('expires_in_seconds', `expires_in_seconds must be a whole number from ${min} to ${max}.`)
}

/** Refuses members that the endpoint does not know, as `onlyKnown` refuses parameters. */
export function onlyMembers(
  body: Record<string, unknown>,
  known: readonly string[],
): Record<string, unknown> {
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown === undefined) return body
  throw badInput(unknown.slice(0, 100), `This gateway takes ${known.join(', ')} here.`)
}
