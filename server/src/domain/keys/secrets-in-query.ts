// Secrets of this gateway in the query of a request, where other APIs take a key and this one never does: an upstream would log them.
import { canonicalSecret } from './api-key.ts'
import { mayBeImported } from './own-secret.ts'

const CREDENTIAL_NAME = /^(?:(?:x-)?(?:goog-)?api[-_]?key|authorization|key|token|access[-_]token)$/i
const PREFIXED = /^sk-/i

/** Whether a parameter of this name holds a credential in some dialect. */
export function isCredentialName(name: string): boolean {
  return CREDENTIAL_NAME.test(name)
}

/** A query, with its question mark or empty, without what could be secrets of API keys; the rest is as it was. */
export function queryWithoutSecrets(query: string): string {
  if (query === '') return query
  const parts = query.slice(1).split('&')
  const kept = parts.filter((part) => !holdsSecret(part))
  if (kept.length === parts.length) return query
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

function holdsSecret(part: string): boolean {
  for (const [name, value] of new URLSearchParams(part)) {
    const sent = value.trim().replace(/^Bearer\s+/i, '')
    // An id of anything may be a UUID; with the prefix it is a secret whatever its name is.
    const isNamed = isCredentialName(name)
    if ((isNamed || PREFIXED.test(sent)) && canonicalSecret(sent) !== null) return true
    if (isNamed && mayBeImported(sent)) return true
  }
  return false
}
