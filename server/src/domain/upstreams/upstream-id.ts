// The public ids of upstreams, their credentials and models: a prefix and the number. An upstream of the environment has
// its name in the number's place, after `env_`.

// The columns are 32-bit integers on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

/** The public id of the upstream of this number. */
export function upstreamId(number: number): string {
  return `ups_${number}`
}

/** The public id of the upstream that the environment calls `name`. */
export function environmentUpstreamId(name: string): string {
  return `ups_env_${name}`
}

/** The public id of the credential of this number. */
export function credentialId(number: number): string {
  return `cred_${number}`
}

/** The public id of the model of this number. */
export function modelId(number: number): string {
  return `mdl_${number}`
}

/** The number, or the name of an upstream of the environment; null where the text is no id of an upstream. */
export function readUpstreamId(id: string): number | { environment: string } | null {
  const environment = /^ups_env_([a-z0-9][a-z0-9._-]{0,63})$/.exec(id)?.[1]
  return environment === undefined ? numberIn('ups_', id) : { environment }
}

/** The number in `cred_12`; null where the text is not such an id. */
export function credentialNumber(id: string): number | null {
  return numberIn('cred_', id)
}

/** The number in `mdl_12`; null where the text is not such an id. */
export function modelNumber(id: string): number | null {
  return numberIn('mdl_', id)
}

function numberIn(prefix: string, id: string): number | null {
  const digits = id.startsWith(prefix) ? id.slice(prefix.length) : ''
  if (!/^[1-9][0-9]{0,9}$/.test(digits)) return null
  const number = Number(digits)
  return number <= NUMBER_MAX ? number : null
}
