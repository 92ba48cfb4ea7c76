// What a browser sends of a ceremony with a passkey, as text of JSON: read into the form that the library takes.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { isObject } from '../../domain/is-object.ts'

// Above an attestation with certificates; a stranger's whole body is bounded by 16 KB.
const SENT_MAX = 12_000

/** Null for what is no response to the creation of a passkey. */
export function readRegistration(sent: string): RegistrationResponseJSON | null {
  const value = parsed(sent)
  return isRegistration(value) ? value : null
}

/** Null for what is no response to a sign-in with a passkey. */
export function readAssertion(sent: string): AuthenticationResponseJSON | null {
  const value = parsed(sent)
  return isAssertion(value) ? value : null
}

function parsed(sent: string): unknown {
  if (sent.length > SENT_MAX) return null
  try {
    return JSON.parse(sent)
  } catch {
    return null
  }
}

function isRegistration(value: unknown): value is RegistrationResponseJSON {
  return isCredential(value, ['clientDataJSON', 'attestationObject'])
}

function isAssertion(value: unknown): value is AuthenticationResponseJSON {
  return isCredential(value, ['clientDataJSON', 'authenticatorData', 'signature'])
}

function isCredential(value: unknown, members: string[]): boolean {
  if (!isObject(value) || !isObject(value.response) || !isObject(value.clientExtensionResults)) return false
  const { id, rawId, type, response } = value
  const { transports = [] } = response
  return (
    typeof id === 'string' &&
    rawId === id &&
    type === 'public-key' &&
    members.every((member) => typeof response[member] === 'string') &&
    Array.isArray(transports) &&
    transports.length <= 10 &&
    transports.every((each) => typeof each === 'string' && each.length <= 20)
  )
}
