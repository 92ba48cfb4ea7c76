// A policy as the database has it: the JSON text of its canonical form.
import type { KeyPolicy } from '../key-policy.ts'
import { readKeyPolicy } from './read-key-policy.ts'

/** Throws where the text is no policy: what is not understood must not be taken for unrestricted. */
export function storedPolicy(text: string | null): KeyPolicy | null {
  if (text === null) return null
  const read = readKeyPolicy(JSON.parse(text))
  if (!read.ok) throw new Error(`a stored policy cannot be read: ${read.errors[0]?.message}`)
  return read.value
}

/** The text to store; the same for policies that say the same. */
export function policyText(policy: KeyPolicy | null): string | null {
  return policy === null ? null : JSON.stringify(policy)
}
