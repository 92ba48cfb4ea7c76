// A shared policy: what all keys of an owner, or all keys with a label, may use together.
import { failed, ok, problemsOf, type Result } from '../../user-error.ts'
import type { KeyPolicy } from '../key-policy.ts'
import { readKeyPolicy } from './read-key-policy.ts'

/**
 * Limits, budgets and concurrency, as `readKeyPolicy` reads them: what counts can be counted together. Lists and the capture of
 * content are each key's own. Null: nothing is restricted.
 */
export function readSharedPolicy(sent: unknown, path = 'policy'): Result<KeyPolicy | null> {
  const read = readKeyPolicy(sent, path)
  if (!read.ok || read.value === null) return read
  const { models, endpoints, addresses, capture, sharedObjects, selfRotation } = read.value
  const own = { models, endpoints, addresses, capture, sharedObjects, selfRotation }
  const errors = problemsOf(
    ...Object.entries(own).map(([part, rule]) => {
      const field = `${path}.${part}`
      const message = `${field} cannot be shared by keys: a shared policy is of limits, budgets and concurrency. Set ${part} in the policies of the keys.`
      return rule === null ? ok(null) : failed('INVALID', field, message)
    }),
  )
  return errors.length > 0 ? { ok: false, errors } : read
}
