// The rules for what is written on an admin token, and what its row holds.
import { ownerNumber } from '../owners/owner.ts'
import { readNetwork } from '../policy/input/address-list.ts'
import { readDisplayText } from '../read-display-text.ts'
import { failed, ok, type Result } from '../user-error.ts'
import { isScope, SCOPES, type Scope, withImplied } from './permissions.ts'

/** The names of the tokens that LATCHKEY_ADMIN_TOKEN and LATCHKEY_ADMIN_TOKEN_NEXT make. They have every scope. */
export const ENVIRONMENT_TOKENS = ['environment', 'environment next'] as const

const NAME_MAX = 100
const NETWORKS_MAX = 100
const OWNERS_MAX = 100

/** Whether a token of this name is set in the environment, where alone it can be changed. */
export function isEnvironmentToken(name: string): boolean {
  return ENVIRONMENT_TOKENS.some((known) => known === name)
}

/** 1 to 100 characters once trimmed, on one line, and no name of a token of the environment. */
export function readTokenName(sent: string): Result<string> {
  const name = readDisplayText(sent, {
    field: 'name',
    max: NAME_MAX,
    missing: 'name must not be empty. Say what the token is for.',
  })
  if (!name.ok || !isEnvironmentToken(name.value.toLowerCase())) return name
  return failed('TAKEN', 'name', `name must not be ${name.value}: that is a token of the environment.`)
}

/** At least one scope, each known, with what they imply, in the order of SCOPES. */
export function readScopes(sent: readonly string[]): Result<Scope[]> {
  if (sent.length === 0)
    return failed('REQUIRED', 'scopes', `scopes must name at least one of ${SCOPES.join(', ')}.`)
  if (sent.length > 2 * SCOPES.length)
    return failed('TOO_LONG', 'scopes', 'scopes names some twice.', {
      minItems: 1,
      maxItems: 2 * SCOPES.length,
    })
  const unknown = sent.findIndex((scope) => !isScope(scope))
  if (unknown >= 0) {
    const text = JSON.stringify((sent[unknown] ?? '').slice(0, 40))
    return failed(
      'INVALID',
      `scopes[${unknown}]`,
      `${text} is no scope. The scopes are ${SCOPES.join(', ')}.`,
    )
  }
  const all = withImplied(sent.filter(isScope))
  return ok(SCOPES.filter((scope) => all.has(scope)))
}

/** 1 to 100 addresses or networks in canonical form; null: any. */
export function readNetworks(sent: readonly string[] | null): Result<string[] | null> {
  if (sent === null) return ok(null)
  if (sent.length === 0 || sent.length > NETWORKS_MAX) {
    const message = `networks must have 1 to ${NETWORKS_MAX} addresses or networks; null: any.`
    return failed('OUT_OF_RANGE', 'networks', message, { minItems: 1, maxItems: NETWORKS_MAX })
  }
  const read = sent.map((text) => (text.length > 64 ? null : readNetwork(text)))
  const wrong = read.indexOf(null)
  if (wrong >= 0) {
    const text = JSON.stringify((sent[wrong] ?? '').slice(0, 64))
    return failed(
      'INVALID',
      `networks[${wrong}]`,
      `${text} is no address or network, such as 10.0.0.0/8 or 2001:db8::1.`,
    )
  }
  return ok([...new Set(read.filter((network) => network !== null))])
}

/** The numbers of 1 to 100 owners, by their ids, in order; null: every owner. */
export function readOwnerIds(sent: readonly string[] | null): Result<number[] | null> {
  if (sent === null) return ok(null)
  if (sent.length === 0 || sent.length > OWNERS_MAX)
    return failed(
      'OUT_OF_RANGE',
      'ownerIds',
      `ownerIds must have 1 to ${OWNERS_MAX} owners; null: every owner.`,
      { minItems: 1, maxItems: OWNERS_MAX },
    )
  const numbers = sent.map(ownerNumber)
  const wrong = numbers.indexOf(null)
  if (wrong >= 0) {
    const text = JSON.stringify((sent[wrong] ?? '').slice(0, 40))
    return failed(
      'INVALID',
      `ownerIds[${wrong}]`,
      `${text} is not the id of an owner. Those look like own_12.`,
    )
  }
  return ok([...new Set(numbers.filter((number) => number !== null))].sort((x, y) => x - y))
}

/** The scopes in a row, with what they imply. A scope that this version does not know is none. */
export function storedScopes(text: string): ReadonlySet<Scope> {
  return withImplied(text.split(' ').filter(isScope))
}

/** The items of a column that holds a list; null: no restriction. */
export function storedList(text: string | null): string[] | null {
  return text === null ? null : text.split(' ').filter((item) => item !== '')
}

/** The owners in a row; null: every owner. */
export function storedOwners(text: string | null): number[] | null {
  return storedList(text)?.map(Number) ?? null
}
