// The ids of a mutation's input, read into what services take. A wrong one is a problem with the input, named in `userErrors`.
import { adminNumber, identityNumber, invitationNumber, passkeyNumber } from '../../domain/admins/admin-id.ts'
import { adminTokenNumber } from '../../domain/admins/admin-token-id.ts'
import { apiKeyNumber } from '../../domain/keys/api-key-id.ts'
import { labelLimitNumber } from '../../domain/labels/label-limit.ts'
import { ownerNumber } from '../../domain/owners/owner.ts'
import { recalculationNumber } from '../../domain/pricing/recalculation-id.ts'
import { credentialNumber, modelNumber, readUpstreamId } from '../../domain/upstreams/upstream-id.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { savedViewNumber } from '../../domain/views/saved-view.ts'
import { quoted } from '../global-id.ts'

/** The number of an API key. */
export function sentApiKey(id: string, field = 'id'): Result<number> {
  return numberOr(
    apiKeyNumber(id),
    field,
    `${quoted(id)} is not the id of an API key. Those look like key_12.`,
  )
}

/** The number of an admin token. */
export function sentAdminToken(id: string): Result<number> {
  const message = `${quoted(id)} is not the id of an admin token. Those look like tok_12.`
  return numberOr(adminTokenNumber(id), 'id', message)
}

/** The number of a model. */
export function sentModel(id: string): Result<number> {
  return numberOr(modelNumber(id), 'id', `${quoted(id)} is not the id of a model. Those look like mdl_12.`)
}

/** The number of an owner. */
export function sentOwner(id: string, field = 'id'): Result<number> {
  return numberOr(ownerNumber(id), field, `${quoted(id)} is not the id of an owner. Those look like own_12.`)
}

/** The numbers of owners; a problem names the element of `field`. */
export function sentOwners(ids: readonly string[], field: string): Result<number[]> {
  const owners = ids.map((id, at) => sentOwner(id, `${field}[${at}]`))
  const numbers = owners.flatMap((owner) => (owner.ok ? [owner.value] : []))
  return numbers.length < owners.length ? { ok: false, errors: problemsOf(...owners) } : ok(numbers)
}

/** The number of label limits. */
export function sentLabelLimit(id: string, field = 'id'): Result<number> {
  return numberOr(
    labelLimitNumber(id),
    field,
    `${quoted(id)} is not the id of label limits. Those look like lim_12.`,
  )
}

/** The number of an admin. */
export function sentAdmin(id: string): Result<number> {
  return numberOr(adminNumber(id), 'id', `${quoted(id)} is not the id of an admin. Those look like adm_12.`)
}

/** The number of a passkey. */
export function sentPasskey(id: string): Result<number> {
  return numberOr(
    passkeyNumber(id),
    'id',
    `${quoted(id)} is not the id of a passkey. Those look like psk_12.`,
  )
}

/** The number of an account at a provider that an admin signs in with. */
export function sentIdentity(id: string): Result<number> {
  const message = `${quoted(id)} is not the id of a linked account. Those look like idn_12.`
  return numberOr(identityNumber(id), 'id', message)
}

/** The number of an invitation of an admin. */
export function sentInvitation(id: string): Result<number> {
  const message = `${quoted(id)} is not the id of an invitation. Those look like inv_12.`
  return numberOr(invitationNumber(id), 'id', message)
}

/** The number of a recalculation of costs. */
export function sentRecalculation(id: string): Result<number> {
  const message = `${quoted(id)} is not the id of a recalculation. Those look like rec_12.`
  return numberOr(recalculationNumber(id), 'id', message)
}

/** The number of a saved view. */
export function sentSavedView(id: string): Result<number> {
  const message = `${quoted(id)} is not the id of a saved view. Those look like svw_12.`
  return numberOr(savedViewNumber(id), 'id', message)
}

/** The number of an upstream credential. `prefix` begins the message, for a field that holds several ids. */
export function sentCredential(id: string, field: string, prefix = ''): Result<number> {
  const message = `${prefix}${quoted(id)} is not the id of a credential. Those look like cred_12.`
  return numberOr(credentialNumber(id), field, message)
}

/** The number of an upstream that admins have set up: one of the environment cannot be changed. */
export function sentUpstream(id: string): Result<number> {
  const place = readUpstreamId(id)
  if (place === null || typeof place === 'number') {
    return numberOr(place, 'id', `${quoted(id)} is not the id of an upstream. Those look like ups_12.`)
  }
  const message = `${place.environment} is set up in the environment of the server. Change it there.`
  return failed('IMMUTABLE', 'id', message)
}

function numberOr(number: number | null, field: string, message: string): Result<number> {
  return number === null ? failed('INVALID', field, message) : ok(number)
}
